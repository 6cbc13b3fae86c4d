package io.synoptic.agent;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;

/** Makes a picture of few colours small: a page is mostly text. */
final class Palette {
  private static final int COLOURS = 64;

  private Palette() {}

  /** Rewrites a PNG with its most frequent colours alone. */
  static void reduce(Path png) throws IOException {
    BufferedImage from = ImageIO.read(png.toFile());
    int width = from.getWidth();
    int height = from.getHeight();
    int[] pixels = from.getRGB(0, 0, width, height, null, 0, width);
    Map<Integer, Integer> counts = new HashMap<>();
    for (int pixel : pixels) {
      counts.merge(pixel, 1, Integer::sum);
    }
    List<Integer> colours =
        counts.entrySet().stream()
            .sorted(Map.Entry.<Integer, Integer>comparingByValue(Comparator.reverseOrder()))
            .limit(COLOURS)
            .map(Map.Entry::getKey)
            .toList();
    byte[][] parts = new byte[3][colours.size()];
    for (int i = 0; i < colours.size(); i++) {
      for (int part = 0; part < 3; part++) {
        parts[part][i] = (byte) (colours.get(i) >> (16 - 8 * part));
      }
    }
    BufferedImage to =
        new BufferedImage(
            width,
            height,
            BufferedImage.TYPE_BYTE_INDEXED,
            new IndexColorModel(8, colours.size(), parts[0], parts[1], parts[2]));
    Map<Integer, Integer> nearest = new HashMap<>();
    for (int i = 0; i < pixels.length; i++) {
      int index = nearest.computeIfAbsent(pixels[i], pixel -> nearest(pixel, colours));
      to.getRaster().setSample(i % width, i / width, 0, index);
    }
    ImageIO.write(to, "png", png.toFile());
  }

  private static int nearest(int pixel, List<Integer> colours) {
    int best = 0;
    int least = Integer.MAX_VALUE;
    for (int i = 0; i < colours.size(); i++) {
      int distance = 0;
      for (int shift = 0; shift < 24; shift += 8) {
        int difference = ((pixel >> shift) & 0xff) - ((colours.get(i) >> shift) & 0xff);
        distance += difference * difference;
      }
      if (distance < least) {
        least = distance;
        best = i;
      }
    }
    return best;
  }
}
