package io.synoptic.agent.now;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.Reader;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;

/** {@link Now} as JSON. */
public final class NowJson {
  private static final double MOST_EXACT = 1L << 53;

  private static final Gson GSON =
      new GsonBuilder()
          .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
          .serializeNulls()
          .disableHtmlEscaping()
          .registerTypeAdapter(Instant.class, new InstantAdapter().nullSafe())
          .registerTypeAdapter(Double.class, new NumberAdapter().nullSafe())
          .registerTypeAdapter(double.class, new NumberAdapter())
          .create();

  private NowJson() {}

  /** Writes one document, without a line break. */
  public static void write(Now now, Appendable to) {
    GSON.toJson(now, to);
  }

  /**
   * Reads one.
   *
   * @throws JsonParseException if it is none, or of another schema
   */
  public static Now read(Reader from) {
    Now now = GSON.fromJson(from, Now.class);
    if (now == null || now.schema() == 0) {
      throw new JsonParseException("this is no answer of /api/v1/now");
    }
    if (now.schema() != Now.SCHEMA) {
      throw new JsonParseException(
          "schema " + now.schema() + " is not " + Now.SCHEMA + ": the agent is of another version");
    }
    return now;
  }

  /** As ISO 8601 has it, in UTC, with milliseconds. */
  private static final class InstantAdapter extends TypeAdapter<Instant> {
    @Override
    public void write(JsonWriter out, Instant value) throws IOException {
      out.value(value.truncatedTo(ChronoUnit.MILLIS).toString());
    }

    @Override
    public Instant read(JsonReader in) throws IOException {
      try {
        return Instant.parse(in.nextString());
      } catch (DateTimeException e) {
        throw new JsonParseException(Objects.toString(e.getMessage()), e);
      }
    }
  }

  /** 3, not 3.0. */
  private static final class NumberAdapter extends TypeAdapter<Double> {
    @Override
    public void write(JsonWriter out, Double value) throws IOException {
      if (value == Math.rint(value) && Math.abs(value) < MOST_EXACT) {
        out.value(value.longValue());
      } else {
        out.value(value);
      }
    }

    @Override
    public Double read(JsonReader in) throws IOException {
      return in.nextDouble();
    }
  }
}
