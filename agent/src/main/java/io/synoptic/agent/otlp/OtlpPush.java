package io.synoptic.agent.otlp;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.config.MeterFilterReply;
import io.micrometer.registry.otlp.CompressionMode;
import io.micrometer.registry.otlp.OtlpConfig;
import io.micrometer.registry.otlp.OtlpMeterRegistry;
import io.synoptic.BuildInfo;
import io.synoptic.SharedScanner;
import io.synoptic.micrometer.SocketMetrics;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Pushes the catalogue's figures each interval; a scan that a scrape has started will do. */
public final class OtlpPush implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(OtlpPush.class);

  /** A meter takes about a kilobyte, and three times that while it is encoded. */
  private static final int HEAP_BYTES_PER_METER = 4096;

  /**
   * What is pushed where.
   *
   * @param url of the receiver
   * @param interval from one push to the next
   * @param headers sent with each push
   * @param host the name of this machine
   * @param everyNamespace whether there is more than the agent's own network namespace
   * @param others by the name of a family, whether other network namespaces have series of it
   */
  public record Settings(
      URI url,
      Duration interval,
      Optional<HeadersFile> headers,
      String host,
      boolean everyNamespace,
      Predicate<String> others) {}

  private final OtlpMeterRegistry registry;
  private final SocketMetrics metrics;
  private final PushSender sender;
  private final AtomicInteger meters = new AtomicInteger();
  private final int most = (int) (Runtime.getRuntime().maxMemory() / HEAP_BYTES_PER_METER);
  private volatile boolean whole = true;

  private OtlpPush(Settings settings, SharedScanner scanner) {
    sender = new PushSender(settings.url.toString(), settings.headers);
    registry =
        OtlpMeterRegistry.builder(config(settings))
            .clock(Clock.SYSTEM)
            .metricsSender(sender)
            .threadFactory(OtlpPush::thread)
            .build();
    registry
        .config()
        .meterFilter(bound(settings.others))
        .onMeterAdded(meter -> meters.incrementAndGet())
        .onMeterRemoved(meter -> meters.decrementAndGet());
    metrics =
        SocketMetrics.builder().scanner(scanner).everyNamespace(settings.everyNamespace).build();
    metrics.bindTo(registry);
  }

  /**
   * Begins to push; the first push comes an interval from now at most.
   *
   * @param health where {@code synoptic.otlp.push.success} goes
   */
  public static OtlpPush start(Settings settings, SharedScanner scanner, MeterRegistry health) {
    OtlpPush push = new OtlpPush(settings, scanner);
    Gauge.builder("synoptic.otlp.push.success", push, OtlpPush::success)
        .description("1 if the OTLP receiver has taken the last push, with every series in it.")
        .strongReference(true)
        .register(health);
    return push;
  }

  private double success() {
    return sender.isGood() && whole ? 1 : 0;
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "synoptic-otlp");
    thread.setDaemon(true);
    return thread;
  }

  private static OtlpConfig config(Settings settings) {
    return new OtlpConfig() {
      @Override
      public @Nullable String get(String key) {
        return null;
      }

      @Override
      public String url() {
        return settings.url.toString();
      }

      @Override
      public Duration step() {
        return settings.interval;
      }

      @Override
      public Map<String, String> headers() {
        return Map.of(); // the sender's, who reads them each time
      }

      @Override
      public Map<String, String> resourceAttributes() {
        Map<String, String> attributes = new HashMap<>();
        attributes.put("service.name", "synoptic");
        attributes.put("service.version", BuildInfo.version());
        if (!settings.host.isEmpty()) {
          attributes.put("service.instance.id", settings.host);
          attributes.put("host.name", settings.host);
        }
        attributes.putAll(OtlpConfig.super.resourceAttributes()); // OTEL_RESOURCE_ATTRIBUTES
        return attributes;
      }

      @Override
      public CompressionMode compressionMode() {
        return CompressionMode.GZIP;
      }

      @Override
      public TimeUnit baseTimeUnit() {
        return TimeUnit.SECONDS;
      }
    };
  }

  private MeterFilter bound(Predicate<String> others) {
    return new MeterFilter() {
      @Override
      public MeterFilterReply accept(Meter.Id id) {
        String netns = id.getTag("netns");
        if (netns != null && !netns.isEmpty() && !others.test(id.getName())) {
          return MeterFilterReply.DENY;
        }
        if (meters.get() < most) {
          return MeterFilterReply.NEUTRAL;
        }
        if (whole) {
          log.warn(
              "the heap has room for {} pushed series, and there are more: the rest is left out"
                  + " (--netns.detail=states, or a larger -Xmx in java.options)",
              most);
        }
        whole = false;
        return MeterFilterReply.DENY;
      }
    };
  }

  /** Stops; what was not pushed yet is not. */
  @Override
  public void close() {
    metrics.close(); // leaves nothing to push at the end
    registry.close();
  }
}
