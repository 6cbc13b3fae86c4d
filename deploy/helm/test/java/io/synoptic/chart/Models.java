package io.synoptic.chart;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;

/** Walks through the objects of the API's model. */
final class Models {
  private Models() {}

  /** Adds the paths of what the model had no place for. */
  static void walk(Object node, String path, List<String> unknown) {
    if (node instanceof Iterable<?> items) {
      items.forEach(item -> walk(item, path, unknown));
    } else if (node != null && node.getClass().getPackageName().startsWith("io.fabric8.")) {
      for (Method method : node.getClass().getMethods()) {
        if (method.getName().equals("getAdditionalProperties")) {
          ((Map<?, ?>) get(node, method)).keySet().forEach(key -> unknown.add(path + "." + key));
        } else if (isProperty(method)) {
          String name = method.getName().substring("get".length());
          walk(
              get(node, method),
              path + "." + Character.toLowerCase(name.charAt(0)) + name.substring(1),
              unknown);
        }
      }
    }
  }

  private static boolean isProperty(Method method) {
    Class<?> type = method.getReturnType();
    return method.getName().startsWith("get")
        && method.getParameterCount() == 0
        && (Iterable.class.isAssignableFrom(type)
            || type.getPackageName().startsWith("io.fabric8."));
  }

  private static Object get(Object node, Method method) {
    try {
      return method.invoke(node);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }
}
