// What the real engine (20.10.24) and Compose (2.40.3) printed for Examples/grafana, names shortened.

/// What `docker compose config --format json` printed.
let composeSample = """
  {
    "name": "grafana",
    "networks": {
      "default": {
        "name": "grafana_default",
        "ipam": {}
      }
    },
    "services": {
      "grafana-blue": {
        "command": null,
        "entrypoint": null,
        "image": "grafana/grafana:12.4",
        "networks": {"default": null},
        "ports": [
          {
            "mode": "ingress",
            "host_ip": "127.0.0.1",
            "target": 3000,
            "published": "18903",
            "protocol": "tcp"
          }
        ],
        "restart": "unless-stopped",
        "volumes": [
          {
            "type": "volume",
            "source": "grafana-storage",
            "target": "/var/lib/grafana",
            "volume": {}
          }
        ]
      },
      "grafana-green": {
        "command": null,
        "entrypoint": null,
        "image": "grafana/grafana:12.3",
        "networks": {"default": null},
        "ports": [
          {
            "mode": "ingress",
            "host_ip": "127.0.0.1",
            "target": 3000,
            "published": "18904",
            "protocol": "tcp"
          }
        ],
        "restart": "unless-stopped",
        "volumes": [
          {
            "type": "volume",
            "source": "grafana-storage",
            "target": "/var/lib/grafana",
            "volume": {}
          }
        ]
      },
      "nginx-proxy": {
        "command": null,
        "entrypoint": null,
        "image": "nginx:latest",
        "networks": {"default": null},
        "ports": [
          {
            "mode": "ingress",
            "host_ip": "127.0.0.1",
            "target": 80,
            "published": "18980",
            "protocol": "tcp"
          }
        ],
        "restart": "unless-stopped",
        "volumes": [
          {
            "type": "bind",
            "source": "/srv/grafana/nginx",
            "target": "/etc/nginx",
            "read_only": true,
            "bind": {"create_host_path": true}
          }
        ]
      }
    },
    "volumes": {
      "grafana-storage": {"name": "grafana_grafana-storage"}
    }
  }
  """

/// What `docker inspect` printed of the proxy; much that nobody reads is left out.
let containerSample = #"""
  [
    {
      "Id": "91b697f26d11227ea44d7010aa3b2e50d935c5c8a3cdfe7489cf303a638b0378",
      "Created": "2026-11-23T03:36:56.134275838Z",
      "State": {
        "Status": "running",
        "Running": true,
        "Paused": false,
        "Restarting": false,
        "OOMKilled": false,
        "Dead": false,
        "Pid": 612,
        "ExitCode": 0,
        "Error": "",
        "StartedAt": "2026-11-23T03:36:56.939843986Z",
        "FinishedAt": "0001-01-01T00:00:00Z"
      },
      "Image": "sha256:7fcc521f229098ae43942cf685fbfe88e5df1d89bf40450de712c26dafd0b1bb",
      "Name": "/grafana-nginx-proxy-1",
      "RestartCount": 0,
      "ExecIDs": null,
      "HostConfig": {
        "Binds": ["/srv/grafana/nginx:/etc/nginx:ro"],
        "PortBindings": {
          "80/tcp": [
            {"HostIp": "127.0.0.1", "HostPort": "18980"}
          ]
        },
        "RestartPolicy": {"Name": "unless-stopped", "MaximumRetryCount": 0},
        "CapAdd": null,
        "ConsoleSize": [0, 0],
        "MemorySwappiness": null
      },
      "Mounts": [
        {
          "Type": "bind",
          "Source": "/srv/grafana/nginx",
          "Destination": "/etc/nginx",
          "Mode": "ro",
          "RW": false,
          "Propagation": "rprivate"
        }
      ],
      "Config": {
        "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
        "Image": "nginx:latest",
        "Labels": {
          "com.docker.compose.config-hash": "6bfd7fa7c5ca76799526e6a7cc95ebc0e5453951d920fba7f030d6774bc50382",
          "com.docker.compose.container-number": "1",
          "com.docker.compose.depends_on": "",
          "com.docker.compose.image": "sha256:7fcc521f229098ae43942cf685fbfe88e5df1d89bf40450de712c26dafd0b1bb",
          "com.docker.compose.oneoff": "False",
          "com.docker.compose.project": "grafana",
          "com.docker.compose.project.config_files": "/srv/grafana/docker-compose.yaml",
          "com.docker.compose.project.working_dir": "/srv/grafana",
          "com.docker.compose.service": "nginx-proxy",
          "com.docker.compose.version": "2.40.3"
        },
        "ExposedPorts": {
          "80/tcp": {}
        },
        "Volumes": null
      },
      "NetworkSettings": {
        "Ports": {
          "80/tcp": [
            {"HostIp": "127.0.0.1", "HostPort": "18980"}
          ]
        },
        "Networks": {
          "grafana_default": {
            "IPAMConfig": null,
            "Links": null,
            "Aliases": ["grafana-nginx-proxy-1", "nginx-proxy", "91b697f26d11"],
            "NetworkID": "2e88c428741bd341abb40448b72c51cd61ec511751e277b5acdde662a150fa39",
            "EndpointID": "34440a6fc4a85123ccc020ecece2037afecd5d1304916ae9e9741edc1b8d5bc6",
            "Gateway": "172.20.0.1",
            "IPAddress": "172.20.0.2",
            "IPPrefixLen": 16,
            "IPv6Gateway": "",
            "GlobalIPv6Address": "",
            "GlobalIPv6PrefixLen": 0,
            "MacAddress": "02:42:ac:14:00:02",
            "DriverOpts": null
          }
        },
        "SecondaryIPAddresses": null,
        "IPAddress": ""
      }
    }
  ]
  """#

/// What `docker top PROXY -o pid,etimes,args` printed just after a reload.
let topSample = """
  PID                 ELAPSED             COMMAND
  612                 4                   nginx: master process nginx -g daemon off;
  713                 4                   nginx: worker process is shutting down
  714                 4                   nginx: worker process is shutting down
  1590                0                   nginx: worker process
  1591                0                   nginx: worker process
  """
