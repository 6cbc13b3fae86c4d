package io.synoptic;

import java.nio.file.FileSystems;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.regex.PatternSyntaxException;

/**
 * Which network namespaces are shown, by name. A pattern is a glob, in which {@code *} is any
 * characters but a slash: one with a slash is held against {@code namespace/pod}, another against
 * the name of the network namespace. Immutable.
 */
public final class NamespaceFilter {
  /** All of them. */
  public static final NamespaceFilter ALL = new NamespaceFilter(List.of(), List.of());

  private final List<PathMatcher> included;
  private final List<PathMatcher> excluded;

  private NamespaceFilter(List<PathMatcher> included, List<PathMatcher> excluded) {
    this.included = included;
    this.excluded = excluded;
  }

  /**
   * Those that match a pattern of {@code included}, or any if there is none, and no pattern of
   * {@code excluded}.
   *
   * @throws IllegalArgumentException if a pattern can't be read; the message says which and why
   */
  public static NamespaceFilter of(List<String> included, List<String> excluded) {
    return new NamespaceFilter(matchers(included), matchers(excluded));
  }

  private static List<PathMatcher> matchers(List<String> patterns) {
    return patterns.stream().map(NamespaceFilter::matcher).toList();
  }

  private static PathMatcher matcher(String pattern) {
    if (pattern.isEmpty()) {
      throw new IllegalArgumentException("a pattern is empty");
    }
    try {
      return FileSystems.getDefault().getPathMatcher("glob:" + pattern);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "'" + pattern + "' is no pattern: " + e.getDescription(), e);
    }
  }

  /** Whether a namespace is shown. */
  public boolean shows(NetworkNamespace namespace) {
    return (included.isEmpty() || matches(included, namespace)) && !matches(excluded, namespace);
  }

  /** Where the locale has no such characters, there are none in a pattern either. */
  private static Path path(String name) {
    try {
      return Path.of(name);
    } catch (InvalidPathException e) {
      return Path.of(name.replaceAll("[^ -~]", "?"));
    }
  }

  private static boolean matches(List<PathMatcher> patterns, NetworkNamespace namespace) {
    Path netns = path(namespace.netns());
    Path pod = path(namespace.namespace() + "/" + namespace.pod());
    return patterns.stream()
        .anyMatch(
            pattern ->
                pattern.matches(netns) || (!namespace.pod().isEmpty() && pattern.matches(pod)));
  }
}
