import DeployDSL
import Testing

@Suite struct ApplicationTests {
  @Test(arguments: [
    (Site(), "nginx/service.conf", "nginx/service_blue.conf", "nginx/service_green.conf"),
    (Site("conf/shop.conf"), "conf/shop.conf", "conf/shop_blue.conf", "conf/shop_green.conf"),
    (Site("conf/shop"), "conf/shop", "conf/shop_blue.conf", "conf/shop_green.conf"),
    (Site("a.conf", blue: "b", green: "c"), "a.conf", "b", "c"),
    (Site("a.conf", green: "c"), "a.conf", "a_blue.conf", "c"),
  ])
  func `a site's sources lie beside it unless they are named`(
    site: Site, file: String, blue: String, green: String
  ) {
    #expect([site.file, site.blue, site.green] == [file, blue, green])
  }
}
