import org.codelibs.elasticsearch.runner.ElasticsearchClusterRunner;

/** One Elasticsearch 7 node on loopback: Node7 FOLDER HTTP_PORT TRANSPORT_PORT. */
public final class Node7 {
  public static void main(String[] args) throws Exception {
    ElasticsearchClusterRunner runner = new ElasticsearchClusterRunner();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> close(runner)));
    // What is put here first wins over the runner's own choice of ports.
    runner.onBuild((number, settings) -> settings
        .put("network.host", "127.0.0.1")
        .put("http.port", args[1])
        .put("transport.port", args[2])
        .put("discovery.type", "single-node")
        .putList("node.roles", "master", "data", "ingest") // the runner leaves ingest out
        .put("cluster.routing.allocation.disk.threshold_enabled", false));
    runner.build(ElasticsearchClusterRunner.newConfigs()
        .basePath(args[0]).clusterName("castor-testbed").numOfNode(1));
    Thread.currentThread().join(); // the node's own threads are daemons
  }

  private static void close(ElasticsearchClusterRunner runner) {
    try {
      runner.close();
    } catch (Exception e) {
      e.printStackTrace();
    }
  }
}
