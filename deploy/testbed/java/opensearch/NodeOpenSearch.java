import org.codelibs.opensearch.runner.OpenSearchRunner;

/** One OpenSearch node on loopback: NodeOpenSearch FOLDER HTTP_PORT TRANSPORT_PORT. */
public final class NodeOpenSearch {
  public static void main(String[] args) throws Exception {
    OpenSearchRunner runner = new OpenSearchRunner();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> close(runner)));
    // What is put here first wins over the runner's own choice of ports.
    runner.onBuild((number, settings) -> settings
        .put("network.host", "127.0.0.1")
        .put("http.port", args[1])
        .put("transport.port", args[2])
        .put("discovery.type", "single-node")
        .putList("node.roles", "cluster_manager", "data", "ingest") // the runner leaves ingest out
        .put("cluster.routing.allocation.disk.threshold_enabled", false));
    runner.build(OpenSearchRunner.newConfigs()
        .basePath(args[0]).clusterName("castor-testbed").numOfNode(1));
    Thread.currentThread().join(); // the node's own threads are daemons
  }

  private static void close(OpenSearchRunner runner) {
    try {
      runner.close();
    } catch (Exception e) {
      e.printStackTrace();
    }
  }
}
