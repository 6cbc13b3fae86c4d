package io.synoptic.agent;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;

/** A receiver of OTLP over HTTP, which reads each push by OpenTelemetry's own protobuf. */
final class OtlpReceiver implements AutoCloseable {
  /** What came with one push. */
  record Push(Map<String, String> headers, ExportMetricsServiceRequest request) {
    Map<String, String> resource() {
      return attributes(request.getResourceMetrics(0).getResource().getAttributesList());
    }

    /** Metrics by name. */
    Map<String, Metric> metrics() {
      return request.getResourceMetricsList().stream()
          .flatMap(resource -> resource.getScopeMetricsList().stream())
          .flatMap(scope -> scope.getMetricsList().stream())
          .collect(Collectors.toMap(Metric::getName, metric -> metric, (a, b) -> a, TreeMap::new));
    }

    /** The points of a gauge or a sum by their attributes. */
    Map<Map<String, String>, Double> points(String name) {
      Metric metric = metrics().get(name);
      List<NumberDataPoint> points =
          metric.hasSum()
              ? metric.getSum().getDataPointsList()
              : metric.getGauge().getDataPointsList();
      return points.stream()
          .collect(
              Collectors.toMap(
                  point -> attributes(point.getAttributesList()), NumberDataPoint::getAsDouble));
    }
  }

  private final HttpServer server;
  private final BlockingQueue<Push> pushes = new LinkedBlockingQueue<>();
  private volatile int status = 200;

  private OtlpReceiver(HttpServer server) {
    this.server = server;
  }

  static OtlpReceiver start() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
    OtlpReceiver receiver = new OtlpReceiver(server);
    server.createContext("/v1/metrics", receiver::take);
    server.start();
    return receiver;
  }

  static Map<String, String> attributes(List<KeyValue> attributes) {
    return attributes.stream()
        .collect(
            Collectors.toMap(KeyValue::getKey, attribute -> attribute.getValue().getStringValue()));
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1/metrics";
  }

  /** Answers all that comes from here on with this. */
  void answer(int newStatus) {
    status = newStatus;
  }

  /** The next push. */
  Push next() throws InterruptedException {
    Push push = pushes.poll(60, TimeUnit.SECONDS);
    if (push == null) {
      throw new AssertionError("nothing was pushed");
    }
    return push;
  }

  /** Forgets what has been pushed so far. */
  void forget() {
    pushes.clear();
  }

  private void take(HttpExchange exchange) throws IOException {
    try (exchange) {
      Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
      exchange.getRequestHeaders().forEach((name, values) -> headers.put(name, values.get(0)));
      pushes.add(
          new Push(
              headers,
              ExportMetricsServiceRequest.parseFrom(
                  new GZIPInputStream(exchange.getRequestBody()))));
      exchange.sendResponseHeaders(status, -1);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
