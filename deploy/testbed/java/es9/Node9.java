import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;

/** One Elasticsearch 9 node on loopback: Node9 HOME HTTP_PORT TRANSPORT_PORT; HOME has config, modules and plugins. */
public final class Node9 {
  public static void main(String[] args) throws Exception {
    Path home = Path.of(args[0]).toAbsolutePath();
    LogConfigurator.configureESLogging();
    LogConfigurator.setNodeName("castor-testbed");
    Node node = new Node(new Environment(settings(home, args[1], args[2]), home.resolve("config")), modules(home));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node)));
    node.start();
    Thread.currentThread().join(); // the node's own threads are daemons
  }

  private static Settings settings(Path home, String httpPort, String transportPort) {
    return Settings.builder()
        .put("path.home", home.toString())
        .put("cluster.name", "castor-testbed")
        .put("node.name", "castor-testbed")
        .put("discovery.type", "single-node")
        .put("network.host", "127.0.0.1")
        .put("http.port", httpPort)
        .put("transport.port", transportPort)
        .put("cluster.routing.allocation.disk.threshold_enabled", false)
        .build();
  }

  private static PluginsLoader modules(Path home) throws Exception {
    var bundles = PluginsLoader.loadModulesBundles(home.resolve("modules"), true);
    return PluginsLoader.createPluginsLoader(bundles, Set.of(), Map.of(), false);
  }

  private static void close(Node node) {
    try {
      node.close();
    } catch (Exception e) {
      e.printStackTrace();
    }
  }
}
