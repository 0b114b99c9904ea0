/// The schema of what commands print with `--format json`: `bgrun help schema`.
///
/// `Schema/bgrun-output-1.json` is a copy; a test holds the outputs of all commands against it.
enum OutputSchema {
  /// It changes if a property is removed or renamed, or its meaning changes.
  static let version = 1

  static let text = #"""
    {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "$id": "urn:bgrun:output:1",
      "title": "What bgrun prints with --format json",
      "description": "Version 1. Each command prints lines of JSON on standard output; $defs has a schema for the lines of each command, under the command's name. Unknown properties may be added without a new version: ignore them. A property that is removed or renamed, or whose meaning changes, makes a new version. Times are seconds and dates ISO 8601 in UTC unless the description says otherwise.",
      "$defs": {
        "run": {
          "description": "bgrun deploy, run, rollback, resume, follow: one event of a run. The last line is run-finished, or finished if there are several applications.",
          "oneOf": [
            {"$ref": "#/$defs/run-started"}, {"$ref": "#/$defs/versions"}, {"$ref": "#/$defs/estimate"},
            {"$ref": "#/$defs/step-started"}, {"$ref": "#/$defs/deadline"}, {"$ref": "#/$defs/difference"},
            {"$ref": "#/$defs/retry"}, {"$ref": "#/$defs/operation"}, {"$ref": "#/$defs/output"},
            {"$ref": "#/$defs/probe"}, {"$ref": "#/$defs/message"}, {"$ref": "#/$defs/interruption-means"},
            {"$ref": "#/$defs/step-finished"}, {"$ref": "#/$defs/undo-started"}, {"$ref": "#/$defs/undo-finished"},
            {"$ref": "#/$defs/interrupted"}, {"$ref": "#/$defs/run-finished"}, {"$ref": "#/$defs/finished"},
            {"$ref": "#/$defs/wave-started"}
          ]
        },
        "rollback": {
          "description": "bgrun rollback: events. With --list: the versions that can be rolled back to, the live one first.",
          "oneOf": [{"$ref": "#/$defs/run"}, {"$ref": "#/$defs/earlier-version"}]
        },
        "deploy": {"$ref": "#/$defs/run"},
        "resume": {"$ref": "#/$defs/run"},
        "follow": {"$ref": "#/$defs/run"},

        "event": {
          "description": "What all events of a run have.",
          "type": "object",
          "properties": {
            "event": {"type": "string"},
            "application": {"type": "string"},
            "host": {"type": "string", "description": "The host as the plan or --on names it; absent unless there are several."},
            "run": {"type": "string", "description": "The run's ID, as in bgrun history; absent in a dry run, which leaves no history."},
            "time": {"type": "number", "description": "Since the run started."},
            "date": {"type": "string", "description": "The wall-clock time, with milliseconds: 2026-11-23T02:14:05.123Z."},
            "node": {"type": "integer", "description": "The step's number, from 0; absent for what belongs to no step, such as a rollback."},
            "step": {"type": "string", "description": "The step's name, wherever there is a node."}
          },
          "required": ["event", "time", "application", "date"]
        },
        "run-started": {
          "allOf": [{"$ref": "#/$defs/event"}],
          "properties": {
            "event": {"const": "run-started"},
            "schema": {"const": 1, "description": "The version of this schema."},
            "dryRun": {"type": "boolean"},
            "purpose": {"enum": ["rollback", "resume", "undo"], "description": "Absent for a deploy."},
            "steps": {"type": "array", "items": {"$ref": "#/$defs/planned-step"}}
          },
          "required": ["schema", "dryRun", "steps"]
        },
        "planned-step": {
          "type": "object",
          "properties": {
            "node": {"type": "integer"},
            "step": {"type": "string"},
            "action": {"type": "string", "description": "The kind of step: up."},
            "after": {"type": "array", "items": {"type": "integer"}, "description": "The steps that it waits for."},
            "location": {"type": "string", "description": "In the plan: Plans/grafana.swift:7:3."}
          },
          "required": ["node", "step", "action", "after", "location"]
        },
        "versions": {
          "description": "The versions were found, or more of them is known.",
          "allOf": [{"$ref": "#/$defs/event"}],
          "properties": {"event": {"const": "versions"}, "version": {"$ref": "#/$defs/version-change"}},
          "required": ["version"]
        },
        "estimate": {
          "description": "How long the run will take: the median of the last runs of the same steps that succeeded.",
          "allOf": [{"$ref": "#/$defs/event"}],
          "properties": {
            "event": {"const": "estimate"},
            "duration": {"type": "number"},
            "runs": {"type": "integer", "description": "How many runs tell it, at most 3."}
          },
          "required": ["duration", "runs"]
        },
        "step-started": {
          "allOf": [{"$ref": "#/$defs/event"}],
          "properties": {"event": {"const": "step-started"}},
          "required": ["node", "step"]
        },
        "deadline": {
          "description": "The step waits until this time of the run at the latest. An undo waits, too: it belongs to no step, so node and step are absent.",
          "allOf": [{"$ref": "#/$defs/event"}],
          "properties": {"event": {"const": "deadline"}, "deadline": {"type": "number"}},
          "required": ["deadline"]
        },
        "difference": {
          "description": "The lines of a file that the step replaces, before it does; in a dry run those that it would replace.",
          "allOf": [{"$ref": "#/$defs/event"}],
          "properties": {
            "event": {"const": "difference"},
            "file": {"type": "string"},
            "lines": {
              "type": "array",
              "items": {
                "type": "object",
                "properties": {
                  "line": {"type": "integer", "description": "In the old text if it is removed, otherwise in the new one."},
                  "change": {"enum": ["removed", "added"]},
                  "text": {"type": "string", "description": "Without white space at its beginning."}
                },
                "required": ["line", "change", "text"]
              }
            }
          },
          "required": ["file", "lines", "node"]
        },
        "retry": {
          "description": "The step is tried again after a failed attempt.",
          "allOf": [{"$ref": "#/$defs/event"}],
          "properties": {
            "event": {"const": "retry"},
            "attempt": {"type": "integer"},
            "attempts": {"type": "integer"},
            "reason": {"type": "string"}
          },
          "required": ["attempt", "attempts", "reason"]
        },
        "operation": {
          "description": "A command or another operation begins; in a dry run only those that are not skipped. The same reading operation of a step has one line, unless --verbose.",
          "allOf": [{"$ref": "#/$defs/event"}],
          "properties": {
            "event": {"const": "operation"},
            "command": {"type": "string"},
            "effect": {"enum": ["observe", "change", "verify"]},
            "isSkipped": {"type": "boolean", "description": "Whether it is not performed, because this is a dry run."}
          },
          "required": ["command", "effect", "isSkipped"]
        },
        "output": {
          "description": "A line that a command printed.",
          "allOf": [{"$ref": "#/$defs/event"}],
          "properties": {
            "event": {"const": "output"},
            "stream": {"enum": ["output", "errors"]},
            "message": {"type": "string"}
          },
          "required": ["stream", "message"]
        },
        "probe": {
          "description": "A health check was answered. The same answer has one line in each step, unless --verbose.",
          "allOf": [{"$ref": "#/$defs/event"}],
          "properties": {
            "event": {"const": "probe"},
            "attempt": {"type": "integer"},
            "attempts": {"type": "integer"},
            "answer": {"type": "string"},
            "isGood": {"type": "boolean"}
          },
          "required": ["attempt", "attempts", "answer", "isGood"]
        },
        "message": {
          "description": "A question to the user, something to know, or something to check.",
          "allOf": [{"$ref": "#/$defs/event"}],
          "properties": {"event": {"enum": ["asked", "note", "warning"]}, "message": {"type": "string"}},
          "required": ["message"]
        },
        "interruption-means": {
          "description": "What an interruption does from now on; without a message a reload can no longer roll the run back.",
          "allOf": [{"$ref": "#/$defs/event"}],
          "properties": {"event": {"const": "interruption-means"}, "message": {"type": "string"}}
        },
        "step-finished": {
          "allOf": [{"$ref": "#/$defs/event"}, {"$ref": "#/$defs/step-report"}],
          "properties": {
            "event": {"const": "step-finished"},
            "folded": {"type": "integer", "description": "How many repeated operations and probes have no line."}
          }
        },
        "step-report": {
          "type": "object",
          "properties": {
            "node": {"type": "integer"},
            "step": {"type": "string"},
            "status": {"enum": ["succeeded", "would-run", "skipped", "passed-over", "retried", "failed", "cancelled"]},
            "summary": {"type": "string"},
            "attempts": {"type": "integer", "description": "0 for a step that a dry run only shows."},
            "duration": {"type": "number"},
            "failure": {"$ref": "#/$defs/failure"}
          },
          "required": ["node", "step", "status", "summary", "attempts", "duration"]
        },
        "undo-started": {
          "allOf": [{"$ref": "#/$defs/event"}],
          "properties": {"event": {"const": "undo-started"}, "what": {"type": "string"}},
          "required": ["what"]
        },
        "undo-finished": {
          "allOf": [{"$ref": "#/$defs/event"}],
          "properties": {
            "event": {"const": "undo-finished"},
            "what": {"type": "string"},
            "failure": {"$ref": "#/$defs/failure"}
          },
          "required": ["what"]
        },
        "interrupted": {
          "description": "A signal interrupted the run.",
          "allOf": [{"$ref": "#/$defs/event"}],
          "properties": {"event": {"const": "interrupted"}, "signal": {"type": "integer"}},
          "required": ["signal"]
        },
        "run-finished": {
          "allOf": [{"$ref": "#/$defs/event"}],
          "properties": {
            "event": {"const": "run-finished"},
            "dryRun": {"type": "boolean"},
            "outcome": {"$ref": "#/$defs/outcome"},
            "exitCode": {"type": "integer"},
            "serving": {
              "description": "The active colour, if it is known; a dry run does not change it.",
              "type": "object",
              "properties": {"color": {"$ref": "#/$defs/color"}, "service": {"type": "string"}, "project": {"type": "string"}},
              "required": ["color", "service"]
            },
            "failure": {"$ref": "#/$defs/failure"},
            "failedNode": {"type": "integer"},
            "steps": {"type": "array", "items": {"$ref": "#/$defs/step-report"}},
            "undone": {
              "type": "array",
              "items": {
                "type": "object",
                "properties": {"what": {"type": "string"}, "failure": {"$ref": "#/$defs/failure"}},
                "required": ["what"]
              }
            },
            "warnings": {"type": "array", "items": {"type": "string"}},
            "left": {"type": "array", "items": {"type": "string"}, "description": "Steps that are left for bgrun resume."},
            "duration": {"type": "number"},
            "version": {"$ref": "#/$defs/version-change"},
            "receipt": {"$ref": "#/$defs/receipt"}
          },
          "required": ["dryRun", "outcome", "exitCode", "steps", "undone", "warnings", "duration"]
        },
        "wave-started": {
          "description": "With several hosts: a wave starts, after a pause.",
          "type": "object",
          "properties": {
            "event": {"const": "wave-started"},
            "wave": {"type": "integer", "description": "From 1."},
            "waves": {"type": "integer"},
            "pause": {"type": "number"},
            "hosts": {"type": "array", "items": {"type": "string"}}
          },
          "required": ["wave", "waves", "pause", "hosts"]
        },
        "finished": {
          "description": "How the applications of a plan with several ended, or those on several hosts.",
          "type": "object",
          "properties": {
            "event": {"const": "finished"},
            "date": {"type": "string"},
            "exitCode": {"type": "integer"},
            "cause": {"type": "string", "description": "The application that failed first."},
            "applications": {
              "type": "array",
              "items": {
                "type": "object",
                "properties": {
                  "application": {"type": "string"},
                  "host": {"type": "string"},
                  "fate": {"enum": ["done", "would-run", "failed", "not-started", "cancelled", "rolled-back", "rollback-failed", "out-of-sight"]},
                  "exitCode": {"type": "integer"},
                  "serving": {"$ref": "#/$defs/color"}
                },
                "required": ["application", "fate"]
              }
            }
          },
          "required": ["event", "date", "exitCode", "applications"]
        },

        "color": {"enum": ["blue", "green"]},
        "outcome": {
          "description": "would-run: a dry run that found no obstacle.",
          "enum": ["succeeded", "would-run", "cleanup-incomplete", "failed", "rolled-back", "rollback-failed", "unusable", "invalid", "locked", "undone", "cancelled"]
        },
        "run-status": {
          "enum": ["succeeded", "cleanup-incomplete", "failed", "rolled-back", "rollback-failed", "unusable", "invalid", "locked", "undone", "cancelled", "running", "interrupted", "never-started", "resolved", "damaged"]
        },
        "failure": {
          "type": "object",
          "properties": {
            "code": {"type": "string", "description": "The kind of failure: unhealthy, command, timeout …"},
            "message": {"type": "string"},
            "fix": {"type": "string"},
            "details": {"type": "array", "items": {"type": "string"}}
          },
          "required": ["code", "message", "details"]
        },
        "receipt": {
          "description": "What users saw while the run lasted, by bgrun's own requests through the proxy.",
          "type": "object",
          "properties": {
            "url": {"type": "string"},
            "requests": {"type": "integer"},
            "failed": {"type": "integer", "description": "Without an answer in time, or with a status from 400 on."},
            "failedAsBefore": {"type": "integer", "description": "Failures that the previous version already had."},
            "retried": {"type": "integer"},
            "slowest": {"type": "number"},
            "longestGap": {"type": "number", "description": "The longest time without a good answer."},
            "before": {"$ref": "#/$defs/latency"},
            "during": {"$ref": "#/$defs/latency"},
            "after": {"$ref": "#/$defs/latency"},
            "failures": {"type": "array", "items": {"$ref": "#/$defs/failed-request"}},
            "clients": {
              "description": "The requests of others, as nginx logged them.",
              "type": "object",
              "properties": {
                "requests": {"type": "integer"},
                "failed": {"type": "integer"},
                "givenUp": {"type": "integer"},
                "requestsBefore": {"type": "integer"},
                "failedBefore": {"type": "integer"},
                "givenUpBefore": {"type": "integer"},
                "failures": {"type": "array", "items": {"$ref": "#/$defs/failed-request"}}
              },
              "required": ["failed", "givenUp", "requestsBefore", "failedBefore", "givenUpBefore", "failures"]
            }
          },
          "required": ["url", "requests", "failed", "failedAsBefore", "retried", "slowest", "longestGap", "failures"]
        },
        "latency": {
          "type": "object",
          "properties": {
            "count": {"type": "integer"},
            "median": {"type": "number"},
            "p90": {"type": "number"},
            "p99": {"type": "number"},
            "slowest": {"type": "number"}
          },
          "required": ["count", "median", "p90", "p99", "slowest"]
        },
        "failed-request": {
          "type": "object",
          "properties": {"time": {"type": "number"}, "step": {"type": "string"}, "answer": {"type": "string"}},
          "required": ["time", "step", "answer"]
        },
        "version": {
          "type": "object",
          "properties": {
            "name": {"type": "string", "description": "The tag, or the start of the digest."},
            "image": {"type": "string"},
            "id": {"type": "string"},
            "label": {"type": "string", "description": "org.opencontainers.image.version"},
            "revision": {"type": "string", "description": "org.opencontainers.image.revision"}
          },
          "required": ["name", "image"]
        },
        "version-change": {
          "type": "object",
          "properties": {
            "from": {"$ref": "#/$defs/version"},
            "to": {"$ref": "#/$defs/version"},
            "settings": {"type": "object", "additionalProperties": {"type": "string"}, "description": "What --set sets."},
            "text": {"type": "string", "description": "12.3 → 12.4"}
          }
        },
        "earlier-version": {
          "type": "object",
          "properties": {
            "application": {"type": "string"},
            "run": {"type": "string", "description": "The run that made it live; absent if none did."},
            "replacedBy": {"type": "string", "description": "Without run: the run before which it was live."},
            "started": {"type": "string"},
            "version": {"$ref": "#/$defs/version"},
            "way": {"enum": ["live", "container", "image", "none"]},
            "reason": {"type": "string", "description": "Why there is none."}
          },
          "required": ["application", "version", "way"]
        },

        "status": {
          "type": "object",
          "properties": {
            "application": {"type": "string"},
            "serving": {"$ref": "#/$defs/color"},
            "problem": {"type": "string"},
            "answer": {"type": "integer", "description": "The proxy's HTTP status for the health path."},
            "services": {
              "type": "array",
              "items": {
                "type": "object",
                "properties": {
                  "color": {"$ref": "#/$defs/color"},
                  "service": {"type": "string"},
                  "project": {"type": "string"},
                  "replicas": {
                    "type": "object",
                    "properties": {"running": {"type": "integer"}, "wanted": {"type": "integer"}},
                    "required": ["running", "wanted"]
                  },
                  "state": {"type": "string", "description": "As Docker reports it; absent without a container."},
                  "restarts": {"type": "integer", "description": "How often Docker has restarted it, if it exits again and again."},
                  "image": {"type": "string"},
                  "version": {"$ref": "#/$defs/version"},
                  "health": {"type": "string"},
                  "startedAt": {"type": "string"},
                  "nodes": {
                    "description": "The nodes of a Swarm that its tasks are on.",
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {"name": {"type": "string"}, "running": {"type": "integer"}, "others": {"type": "integer"}},
                      "required": ["name", "running", "others"]
                    }
                  }
                },
                "required": ["color", "service", "state"]
              }
            },
            "kept": {
              "description": "What a run has kept running for requests from before its switch.",
              "type": "array",
              "items": {
                "type": "object",
                "properties": {"service": {"type": "string"}, "since": {"type": "string"}, "oldWorkers": {"type": "integer"}},
                "required": ["service", "since", "oldWorkers"]
              }
            },
            "nextUp": {
              "description": "What docker compose up -d would change now.",
              "type": "array",
              "items": {
                "type": "object",
                "properties": {
                  "service": {"type": "string"},
                  "change": {"enum": ["recreate", "start", "replace"]},
                  "image": {"type": "string"},
                  "nextImage": {"type": "string"}
                },
                "required": ["service", "change"]
              }
            },
            "lastRun": {
              "type": "object",
              "properties": {
                "run": {"type": "string"},
                "started": {"type": "string"},
                "user": {"type": "string"},
                "outcome": {"$ref": "#/$defs/run-status"},
                "isUndoing": {"type": "boolean"},
                "purpose": {"enum": ["deploy", "rollback", "resume", "undo"]},
                "versions": {"$ref": "#/$defs/version-change"}
              },
              "required": ["run", "started", "user", "outcome", "isUndoing"]
            },
            "lock": {"type": "string", "description": "Who is deploying, or has locked deploys."},
            "obstacle": {
              "description": "Why no deploy can start now.",
              "type": "object",
              "properties": {"message": {"type": "string"}, "fix": {"type": "string"}, "exitCode": {"type": "integer"}},
              "required": ["message", "exitCode"]
            }
          },
          "required": ["application", "services", "kept", "nextUp"]
        },
        "apply": {"$ref": "#/$defs/run"},
        "plan": {
          "description": "bgrun plan: what a deploy would do, as -o FILE keeps it. With --diff: what has changed.",
          "oneOf": [{"$ref": "#/$defs/planned-run"}, {"$ref": "#/$defs/plan-changes"}]
        },
        "plan-changes": {
          "type": "object",
          "properties": {
            "hasChanged": {"type": "boolean"},
            "lines": {"type": "array", "items": {"type": "string"}, "description": "What was planned begins with -, what would be done now with +."}
          },
          "required": ["hasChanged", "lines"]
        },
        "planned-run": {
          "type": "object",
          "properties": {
            "format": {"const": 1, "description": "The version of the file's format."},
            "bgrun": {"type": "string"},
            "made": {"type": "string"},
            "call": {
              "description": "What the plan was called with.",
              "type": "object",
              "properties": {
                "plan": {"type": "string"},
                "host": {"type": "string", "description": "The other host, as --on names it."},
                "project": {"type": "string"},
                "state": {"type": "string"},
                "only": {"type": "array", "items": {"type": "string"}},
                "settings": {"type": "object", "additionalProperties": {"type": "string"}},
                "secretParameters": {"type": "array", "items": {"type": "string"}, "description": "They are given again to bgrun apply."},
                "active": {"$ref": "#/$defs/color"}
              },
              "required": ["plan", "only", "settings", "secretParameters"]
            },
            "members": {
              "type": "array",
              "items": {
                "type": "object",
                "properties": {
                  "application": {"type": "string"},
                  "plan": {"type": "string", "description": "The fingerprint of the plan."},
                  "host": {"type": "string", "description": "The fingerprint of what was found on the host."},
                  "active": {"$ref": "#/$defs/color"},
                  "version": {"$ref": "#/$defs/version-change"},
                  "expected": {
                    "description": "How long it takes, according to the last runs.",
                    "type": "object",
                    "properties": {"seconds": {"type": "number"}, "runs": {"type": "integer"}},
                    "required": ["seconds", "runs"]
                  },
                  "worst": {
                    "description": "The worst of a rehearsal on a copy of the host.",
                    "type": "object",
                    "properties": {
                      "runs": {"type": "integer"},
                      "outage": {"type": "number"},
                      "wayBack": {"type": "number"},
                      "manual": {"type": "integer", "description": "How many runs a person would have to repair."}
                    },
                    "required": ["runs", "outage", "manual"]
                  },
                  "files": {"description": "Hashes of the files that the run depends on, by their paths; absent where the host cannot be copied.", "type": "object", "additionalProperties": {"type": "string"}},
                  "steps": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {
                        "name": {"type": "string"},
                        "summary": {"type": "string"},
                        "changes": {"type": "array", "items": {"type": "string"}},
                        "differences": {
                          "type": "array",
                          "items": {
                            "type": "object",
                            "properties": {
                              "file": {"type": "string"},
                              "lines": {
                                "type": "array",
                                "items": {
                                  "type": "object",
                                  "properties": {
                                    "line": {"type": "integer"},
                                    "change": {"enum": ["removed", "added"]},
                                    "text": {"type": "string"}
                                  },
                                  "required": ["line", "change", "text"]
                                }
                              }
                            },
                            "required": ["file", "lines"]
                          }
                        }
                      },
                      "required": ["name", "summary", "changes", "differences"]
                    }
                  },
                  "warnings": {"type": "array", "items": {"type": "string"}}
                },
                "required": ["application", "plan", "host", "steps", "warnings"]
              }
            }
          },
          "required": ["format", "bgrun", "made", "call", "members"]
        },
        "history": {
          "type": "object",
          "properties": {
            "application": {"type": "string"},
            "run": {"type": "string"},
            "started": {"type": "string"},
            "kind": {"enum": ["deploy", "rollback", "resume", "undo"]},
            "outcome": {"$ref": "#/$defs/run-status"},
            "exitCode": {"type": "integer"},
            "duration": {"type": "number"},
            "version": {"$ref": "#/$defs/version-change"},
            "serving": {"$ref": "#/$defs/color"},
            "user": {"type": "string"},
            "host": {"type": "string", "description": "The machine's own name; with several hosts, the host as the plan or --on names it."},
            "reason": {"type": "string"},
            "parameters": {"type": "object", "additionalProperties": {"type": "string"}},
            "failure": {"type": "string"},
            "receipt": {"$ref": "#/$defs/receipt"}
          },
          "required": ["application", "run", "outcome", "duration"]
        },
        "logs": {
          "description": "A line that a container printed.",
          "type": "object",
          "properties": {
            "color": {"$ref": "#/$defs/color"},
            "service": {"type": "string"},
            "container": {"type": "string"},
            "time": {"type": "string", "description": "When, as the engine says it."},
            "text": {"type": "string"}
          },
          "required": ["color", "service", "container", "text"]
        },
        "check": {
          "type": "object",
          "properties": {
            "findings": {
              "type": "array",
              "items": {
                "type": "object",
                "properties": {
                  "rule": {"type": "string"},
                  "severity": {"enum": ["error", "warning", "note"]},
                  "application": {"type": "string"},
                  "place": {
                    "type": "object",
                    "properties": {"file": {"type": "string"}, "line": {"type": "integer"}, "column": {"type": "integer"}},
                    "required": ["file"]
                  },
                  "what": {"type": "string"},
                  "why": {"type": "string"},
                  "fix": {"type": "string"},
                  "lines": {"type": "array", "items": {"type": "string"}},
                  "details": {"type": "array", "items": {"type": "string"}},
                  "repairable": {"const": true, "description": "Whether bgrun doctor --fix repairs it."}
                },
                "required": ["rule", "severity", "what"]
              }
            },
            "looks": {
              "description": "What was looked at.",
              "type": "array",
              "items": {
                "type": "object",
                "properties": {
                  "application": {"type": "string"},
                  "plan": {"type": "string"},
                  "subject": {"enum": ["plan", "project", "host"], "description": "plan: it does not compile or is not valid, and nothing else was looked at."},
                  "areas": {"type": "array", "items": {"type": "string"}},
                  "files": {"type": "array", "items": {"type": "string"}},
                  "obstacle": {"type": "string", "description": "Why it was not looked at."}
                },
                "required": ["subject", "areas", "files"]
              }
            }
          },
          "required": ["findings", "looks"]
        },
        "doctor": {"$ref": "#/$defs/check"},
        "graph": {
          "description": "The steps of an application's plan.",
          "type": "object",
          "properties": {
            "application": {
              "type": "object",
              "properties": {
                "name": {"type": "string"},
                "blue": {},
                "green": {},
                "workers": {"type": "array"},
                "compose": {},
                "project": {"type": "string"},
                "proxy": {},
                "site": {"type": "string"},
                "port": {"type": "integer"},
                "health": {"type": "string"}
              },
              "required": ["name", "blue", "green", "proxy", "site", "health"]
            },
            "waves": {
              "description": "The plan's hosts, those of a wave together; absent without hosts.",
              "type": "array",
              "items": {"type": "array", "items": {"type": "string"}}
            },
            "pause": {"type": "number", "description": "The seconds between two waves."},
            "timeout": {"type": "number"},
            "nodes": {
              "type": "array",
              "items": {
                "type": "object",
                "properties": {
                  "id": {"type": "integer"},
                  "name": {"type": "string"},
                  "action": {"type": "string"},
                  "arguments": {"type": "object", "additionalProperties": {"type": "string"}},
                  "after": {"type": "array", "items": {"type": "integer"}},
                  "groups": {"type": "array", "items": {"type": "string"}},
                  "when": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {"node": {"type": "integer"}, "is": {"type": "boolean"}},
                      "required": ["node", "is"]
                    }
                  },
                  "timeout": {"type": "number"},
                  "attemptTimeout": {"type": "number"},
                  "retries": {"type": "integer"},
                  "onFailure": {"enum": ["stop", "continue"], "description": "Absent: the run is rolled back."},
                  "undo": {
                    "description": "What a rollback does about the step, in words.",
                    "type": "array",
                    "items": {"type": "string"}
                  },
                  "mark": {"enum": ["switch", "point-of-no-return"]},
                  "location": {
                    "type": "object",
                    "properties": {"file": {"type": "string"}, "line": {"type": "integer"}, "column": {"type": "integer"}},
                    "required": ["file", "line", "column"]
                  }
                },
                "required": ["id", "name", "action", "arguments", "after", "groups", "retries", "location"]
              }
            },
            "groups": {
              "description": "The groups with limits of their own, and the ids of the nodes in them.",
              "type": "array",
              "items": {
                "type": "object",
                "properties": {
                  "name": {"type": "string"},
                  "nodes": {"type": "array", "items": {"type": "integer"}},
                  "timeout": {"type": "number"},
                  "retries": {"type": "integer"}
                },
                "required": ["name", "nodes"]
              }
            },
            "onFailure": {
              "description": "The steps at the end of a failed run.",
              "type": "array",
              "items": {"type": "string"}
            }
          },
          "required": ["application", "timeout", "nodes"]
        },
        "rehearse": {
          "oneOf": [{"$ref": "#/$defs/rehearsed-run"}, {"$ref": "#/$defs/rehearsed-group"}]
        },
        "rehearsed-group": {
          "description": "A rehearsed run of plans or hosts that are deployed together: with one fault, or without.",
          "type": "object",
          "properties": {
            "group": {"type": "array", "items": {"type": "string"}, "description": "The applications and hosts."},
            "place": {"type": "string", "description": "The wave, or the application, that the fault hits."},
            "fault": {"type": "string"},
            "exitCode": {"type": "integer", "description": "Absent if the machine that bgrun runs on is lost."},
            "switched": {"type": "integer", "description": "How many have the new version in the end."},
            "problems": {"type": "array", "items": {"type": "string"}}
          },
          "required": ["group", "fault", "switched", "problems"]
        },
        "rehearsed-run": {
          "description": "A rehearsed run: with one fault, or without.",
          "type": "object",
          "properties": {
            "application": {"type": "string"},
            "step": {"type": "integer", "description": "The step that the fault hits, from 1."},
            "stepName": {"type": "string"},
            "fault": {"type": "string"},
            "detail": {"type": "string"},
            "operation": {"type": "string"},
            "outcome": {"$ref": "#/$defs/outcome"},
            "exitCode": {"type": "integer"},
            "serving": {"$ref": "#/$defs/color"},
            "undone": {"type": "array", "items": {"type": "string"}},
            "wayBackMilliseconds": {"type": "integer"},
            "outageMilliseconds": {"type": "integer"},
            "problems": {"type": "array", "items": {"type": "string"}}
          },
          "required": ["application", "fault", "outcome", "exitCode", "undone", "outageMilliseconds", "problems"]
        },
        "prove": {
          "oneOf": [{"$ref": "#/$defs/proved-plan"}, {"$ref": "#/$defs/proved-group"}]
        },
        "proof": {
          "description": "How much was searched, and with which result.",
          "type": "object",
          "properties": {
            "isProved": {"type": "boolean", "description": "Whether no played scenario breaks a contract, and at least each fault was played alone."},
            "isWhole": {"type": "boolean", "description": "Whether no scenario was left out."},
            "cells": {
              "type": "array",
              "items": {
                "type": "object",
                "properties": {"faults": {"type": "integer"}, "played": {"type": "integer"}, "all": {"type": "integer"}},
                "required": ["faults", "played", "all"]
              }
            }
          },
          "required": ["isProved", "isWhole", "cells"]
        },
        "counterexample": {
          "description": "A scenario that breaks a contract.",
          "type": "object",
          "properties": {
            "contract": {"type": "string"},
            "problem": {"type": "string"},
            "scenario": {"type": "string"},
            "timeLine": {"type": "array", "items": {"type": "string"}, "description": "What happens; for a group, how each member ends."}
          },
          "required": ["contract", "problem", "scenario", "timeLine"]
        },
        "proved-group": {
          "description": "The proof of plans or hosts that are deployed together.",
          "allOf": [{"$ref": "#/$defs/proof"}],
          "properties": {
            "group": {"type": "array", "items": {"type": "string"}, "description": "The applications and hosts."},
            "counterexamples": {"type": "array", "items": {"$ref": "#/$defs/counterexample"}}
          },
          "required": ["group", "counterexamples"]
        },
        "proved-plan": {
          "description": "The proof of a plan: how many scenarios were played, and the shortest ones that break a contract.",
          "allOf": [{"$ref": "#/$defs/proof"}],
          "properties": {
            "application": {"type": "string"},
            "counterexamples": {
              "type": "array",
              "items": {
                "allOf": [{"$ref": "#/$defs/counterexample"}],
                "properties": {
                  "test": {"type": "string", "description": "A Swift test that fails as long as the contract is broken."}
                },
                "required": ["test"]
              }
            },
            "endStates": {"type": "integer", "description": "In how many different states the scenarios end: the next deploy was played from each."},
            "certificate": {
              "type": "object",
              "description": "What deploy --require-proof asks for; absent if none was written."
            }
          },
          "required": ["application", "endStates", "counterexamples"]
        },
        "replay": {
          "description": "A run of the history, played on a simulated host.",
          "type": "object",
          "properties": {
            "application": {"type": "string"},
            "run": {"type": "string"},
            "recorded": {"$ref": "#/$defs/replayed-end"},
            "played": {"$ref": "#/$defs/replayed-end"},
            "isSame": {"type": "boolean", "description": "Whether it ends as recorded; a run that has not ended does."},
            "scenario": {"type": "string", "description": "What struck the run."},
            "omissions": {"type": "array", "items": {"type": "string"}, "description": "What is not played."},
            "whatIf": {"$ref": "#/$defs/rehearsed-run"},
            "timeLine": {"type": "array", "items": {"type": "string"}}
          },
          "required": ["application", "run", "played", "isSame", "scenario", "omissions", "timeLine"]
        },
        "replayed-end": {
          "description": "How a run ended, or ends when it is played.",
          "type": "object",
          "properties": {
            "outcome": {"$ref": "#/$defs/outcome"},
            "exitCode": {"type": "integer"},
            "serving": {"$ref": "#/$defs/color"}
          },
          "required": ["outcome", "exitCode"]
        },
        "init": {
          "description": "What bgrun init has found and written, or with --dry-run would write.",
          "type": "object",
          "properties": {
            "written": {"type": "boolean"},
            "found": {"type": "array", "items": {"type": "string"}},
            "files": {
              "type": "array",
              "items": {
                "type": "object",
                "properties": {"path": {"type": "string"}, "text": {"type": "string"}},
                "required": ["path", "text"]
              }
            },
            "environment": {"type": "string", "description": "The line at the end of .env for everyday commands."},
            "notes": {"type": "array", "items": {"type": "string"}},
            "next": {
              "type": "array",
              "items": {
                "type": "object",
                "properties": {"command": {"type": "string"}, "purpose": {"type": "string"}},
                "required": ["command"]
              }
            },
            "later": {"type": "array", "items": {"type": "string"}, "description": "How new versions are deployed."}
          },
          "required": ["written", "found", "files", "notes", "next", "later"]
        },
        "list": {
          "description": "The plans of a folder.",
          "type": "array",
          "items": {
            "type": "object",
            "properties": {
              "file": {"type": "string"},
              "applications": {"type": "array", "items": {"type": "string"}, "description": "Those whose names the plan's text tells."},
              "computesNames": {"const": true, "description": "The plan computes names of applications, too; absent if not."},
              "problems": {"type": "array", "items": {"type": "string"}}
            },
            "required": ["file", "applications", "problems"]
          }
        },
        "lock": {
          "description": "bgrun lock, unlock: whether deploys are locked now, and by whom they are or were.",
          "type": "object",
          "properties": {
            "application": {"type": "string"},
            "locked": {"type": "boolean"},
            "lock": {
              "type": "object",
              "properties": {
                "application": {"type": "string"},
                "user": {"type": "string"},
                "host": {"type": "string"},
                "since": {"type": "string"},
                "reason": {"type": "string"}
              },
              "required": ["application", "user", "host", "since"]
            }
          },
          "required": ["application", "locked"]
        },
        "unlock": {"$ref": "#/$defs/lock"},
        "resolve": {
          "type": "object",
          "properties": {
            "application": {"type": "string"},
            "run": {"type": "string", "description": "The run that is resolved now; absent if none was interrupted."},
            "notRolledBack": {"type": "array", "items": {"type": "string"}}
          },
          "required": ["application", "notRolledBack"]
        },
        "build": {
          "type": "object",
          "properties": {"plan": {"type": "string"}, "file": {"type": "string"}, "bytes": {"type": "integer"}},
          "required": ["plan", "file", "bytes"]
        },
        "help": {
          "description": "bgrun help: the commands, one a line, or a single one; a topic; or a plan. The topic schema prints this schema itself.",
          "oneOf": [
            {"$ref": "#/$defs/help-command"}, {"$ref": "#/$defs/help-topic"}, {"$ref": "#/$defs/help-plan"}
          ]
        },
        "help-topic": {
          "description": "bgrun help TOPIC.",
          "type": "object",
          "properties": {"topic": {"type": "string"}, "text": {"type": "string"}},
          "required": ["topic", "text"]
        },
        "help-plan": {
          "description": "bgrun help PLAN.swift: the plan's applications, and the parameters that --set can set.",
          "type": "object",
          "properties": {
            "plan": {"type": "string"},
            "applications": {"type": "array", "items": {"type": "string"}},
            "parameters": {
              "type": "array",
              "items": {
                "type": "object",
                "properties": {
                  "name": {"type": "string"},
                  "help": {"type": "string"},
                  "defaultValue": {"type": "string", "description": "Absent if a deploy needs a value."},
                  "choices": {"type": "array", "items": {"type": "string"}}
                },
                "required": ["name"]
              }
            }
          },
          "required": ["plan", "applications", "parameters"]
        },
        "help-command": {
          "description": "A command.",
          "type": "object",
          "properties": {
            "name": {"type": "string"},
            "alias": {"type": "string"},
            "group": {"type": "string"},
            "summary": {"type": "string"},
            "arguments": {"type": "string"},
            "options": {
              "type": "array",
              "items": {
                "type": "object",
                "properties": {
                  "name": {"type": "string"},
                  "short": {"type": "string"},
                  "value": {"type": "string"},
                  "help": {"type": "string"},
                  "choices": {"type": "array", "items": {"type": "string"}}
                },
                "required": ["name", "help"]
              }
            },
            "formats": {"type": "array", "items": {"type": "string"}},
            "examples": {"type": "array", "items": {"type": "string"}}
          },
          "required": ["name", "group", "summary", "arguments", "options", "formats", "examples"]
        },
        "version-of-bgrun": {
          "description": "bgrun --version.",
          "type": "object",
          "properties": {"bgrun": {"type": "string"}, "schema": {"type": "integer"}},
          "required": ["bgrun", "schema"]
        }
      }
    }
    """#
}
