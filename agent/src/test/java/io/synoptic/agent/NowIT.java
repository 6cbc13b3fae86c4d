package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import io.synoptic.agent.HttpExchange.Answer;
import io.synoptic.agent.now.Now;
import io.synoptic.agent.now.NowJson;
import java.io.IOException;
import java.io.StringReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a real agent answers at /api/v1/now. */
@Timeout(60)
class NowIT {
  private static final Path SCHEMA = Path.of("../docs/now.schema.json");

  private static Socket connect(RunningAgent agent) throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), agent.port());
  }

  private static Now read(Answer answer) {
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.headers()).containsEntry("content-type", "application/json");
    return NowJson.read(new StringReader(answer.text()));
  }

  private static void assertValid(Answer answer) throws Exception {
    JsonSchema schema =
        JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
            .getSchema(Files.readString(SCHEMA));
    assertThat(schema.validate(answer.text(), InputFormat.JSON)).isEmpty();
  }

  private static Map<String, Now.Listener> listeners(Now now) {
    return now.namespaces().get(0).listeners().stream()
        .collect(Collectors.toMap(one -> one.address() + ' ' + one.port(), one -> one));
  }

  @Test
  void listenersAndStatesAreThoseOfTheKernel() throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create(64);
        Lab lab =
            Lab.in(
                namespace,
                "ipv4:listener=1,backlog=9,fill=5,port=7002",
                "ipv6:listener=1,backlog=9,fill=10,port=7003",
                "ipv4:time_wait=3");
        RunningAgent agent = RunningAgent.startIn(namespace);
        HttpExchange http = new HttpExchange(namespace.connect(agent.port()))) {
      Answer answer = http.get("/api/v1/now");
      Now now = read(answer);

      assertValid(answer);
      assertThat(now.agent().netns()).isEqualTo("own");
      assertThat(now.scan().source()).isEqualTo("sock_diag");
      assertThat(now.scan().failure()).isNull();
      assertThat(now.scan().takenAt())
          .isBetween(Instant.now().minus(Duration.ofMinutes(1)), Instant.now());
      assertThat(listeners(now).get("127.0.0.1 7002").acceptQueueLength()).isEqualTo(5);
      assertThat(listeners(now).get("127.0.0.1 7002").acceptQueueLimit()).isEqualTo(9);
      assertThat(listeners(now).get("127.0.0.1 7002").acceptQueueUtilization())
          .isCloseTo(0.5, within(1e-9));
      assertThat(listeners(now).get("::1 7003").acceptQueueUtilization()).isEqualTo(1);
      Now.State timeWait = now.namespaces().get(0).states().get("time_wait");
      assertThat(timeWait.ipv4()).isGreaterThanOrEqualTo(3);
      assertThat(timeWait.inbound() + timeWait.outbound())
          .isEqualTo(timeWait.ipv4() + timeWait.ipv6());
      assertThat(now.namespaces().get(0).destinations()).isNull();
      assertThat(now.namespaces().get(0).counters()).containsEntry("net.core.somaxconn", 4096.0);
      assertThat(now.namespaces().get(0).handshakes()).isNull();
      assertThat(lab.sockets()).containsKey("ipv4 listen");
    }
  }

  @Test
  void whatIsKnownAlreadyIsNotSentAgain() throws Exception {
    try (RunningAgent agent = RunningAgent.start("--scan.min-interval=1h");
        HttpExchange http = new HttpExchange(connect(agent))) {
      Answer first = http.get("/api/v1/now");
      String etag = first.headers().get("etag");
      Answer again = http.get("/api/v1/now", "If-None-Match: W/\"old\", " + etag);
      Answer zipped = http.get("/api/v1/now", "Accept-Encoding: gzip");

      assertThat(again.status()).isEqualTo(304);
      assertThat(again.text()).isEmpty();
      assertThat(again.headers()).containsEntry("etag", etag);
      assertThat(zipped.text()).isEqualTo(first.text());
      assertThat(zipped.length()).isLessThan(first.length());
      assertThat(http.get("/api/v1/now", "If-None-Match: W/\"old\"").status()).isEqualTo(200);
    }
  }

  @Test
  void everyNamespaceIsThereWithItsHandshakes() throws Exception {
    Bpf.assumeItLoads();
    try (NetworkNamespace namespace = NetworkNamespace.create(64);
        RunningAgent agent = RunningAgent.start("--netns=all", "--ports.top");
        HttpExchange http = new HttpExchange(connect(agent));
        Lab lab = Lab.in(namespace, "ipv4:listener=1,backlog=9,fill=2,port=7001")) {
      Answer answer = http.get("/api/v1/now");
      while (!answer.text().contains(namespace.name())) { // @Timeout ends it
        Thread.sleep(100);
        answer = http.get("/api/v1/now");
      }
      Now now = read(answer);

      assertValid(answer);
      Now.Namespace shown =
          now.namespaces().stream()
              .filter(one -> one.netns().equals(namespace.name()))
              .findFirst()
              .orElseThrow();
      assertThat(shown.handshakes().inbound().opened()).isGreaterThanOrEqualTo(2);
      assertThat(shown.destinations()).isNotNull();
      assertThat(now.unlistedNamespaces()).isZero();
      assertThat(lab.sockets()).isNotEmpty();
    }
  }
}
