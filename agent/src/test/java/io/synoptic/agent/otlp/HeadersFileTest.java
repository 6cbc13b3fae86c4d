package io.synoptic.agent.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.synoptic.agent.web.InvalidInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeadersFileTest {
  @TempDir private Path folder;

  private HeadersFile file(String text) throws Exception {
    return new HeadersFile(Files.writeString(folder.resolve("headers"), text));
  }

  @Test
  void eachLineIsAHeader() throws Exception {
    assertThat(file("# a\n\nAuthorization: Bearer a:b c\r\nX-Scope-OrgID:  shop \n").read())
        .isEqualTo(Map.of("Authorization", "Bearer a:b c", "X-Scope-OrgID", "shop"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"s3cret", "Authorization:", "A b: s3cret", "A: s3cret\u0001x", ": s3cret"})
  void whatIsNoHeaderIsRefusedAndNotRepeated(String line) throws Exception {
    HeadersFile file = file("A: b\n" + line);

    assertThatThrownBy(file::read)
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            "--otlp.headers.file=" + file.path() + ": line 2 is no header: write NAME: VALUE")
        .hasMessageNotContaining("s3cret");
  }

  @Test
  void aFileThatIsNoneIsRefused() {
    assertThatThrownBy(() -> new HeadersFile(folder.resolve("none")).read())
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("it does not exist");
    assertThatThrownBy(() -> new HeadersFile(folder).read())
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("it is no regular file");
  }
}
