package io.synoptic.agent;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/**
 * Fields of protocol buffers, in memory that is used again. The length of a message goes before it
 * when it ends, so messages are best small. Not for use by several threads.
 */
final class ProtobufBuffer {
  private static final int INITIAL_BYTES = 8192;

  /** What is kept from one message to the next. */
  private static final int KEPT_BYTES = 1 << 20;

  /** A long has ten of seven bits. */
  private static final int MAX_VARINT_BYTES = 10;

  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int DELIMITED = 2;

  private byte[] bytes = new byte[INITIAL_BYTES];
  private int length;

  void clear() {
    length = 0;
    if (bytes.length > KEPT_BYTES) {
      bytes = new byte[INITIAL_BYTES];
    }
  }

  /** Writes all as one message, behind its length. */
  void writeDelimited(OutputStream to) throws IOException {
    int end = length;
    putVarint(end);
    to.write(bytes, end, length - end);
    length = end;
    to.write(bytes, 0, end);
  }

  /** Fields that are encoded already. */
  void fields(byte[] encoded) {
    makeRoom(encoded.length);
    System.arraycopy(encoded, 0, bytes, length, encoded.length);
    length += encoded.length;
  }

  void varint(int field, long value) {
    tag(field, VARINT);
    putVarint(value);
  }

  /** An sint32 or sint64. */
  void signed(int field, long value) {
    varint(field, (value << 1) ^ (value >> 63));
  }

  void number(int field, double value) {
    tag(field, FIXED64);
    makeRoom(Long.BYTES);
    long bits = Double.doubleToLongBits(value);
    for (int i = 0; i < Long.BYTES; i++) {
      bytes[length++] = (byte) (bits >>> (Byte.SIZE * i));
    }
  }

  void string(int field, String text) {
    int start = begin(field);
    makeRoom(Utf8.MAX_CHAR_BYTES * text.length());
    for (int i = 0; i < text.length(); i++) {
      length = Utf8.put(text, i, bytes, length);
    }
    end(start);
  }

  /** Begins a message, which {@link #end} ends; fields until then are its own. */
  int begin(int field) {
    tag(field, DELIMITED);
    return length;
  }

  void end(int start) {
    int size = length - start;
    int sizeBytes = 1;
    for (int rest = size >>> 7; rest != 0; rest >>>= 7) {
      sizeBytes++;
    }
    makeRoom(sizeBytes);
    System.arraycopy(bytes, start, bytes, start + sizeBytes, size);
    length = start;
    putVarint(size);
    length += size;
  }

  /** What has been written so far. */
  byte[] toByteArray() {
    return Arrays.copyOf(bytes, length);
  }

  private void tag(int field, int wireType) {
    putVarint(((long) field << 3) | wireType);
  }

  private void putVarint(long value) {
    makeRoom(MAX_VARINT_BYTES);
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      bytes[length++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[length++] = (byte) rest;
  }

  private void makeRoom(int more) {
    if (more > bytes.length - length) {
      bytes = Arrays.copyOf(bytes, Math.max(length + more, bytes.length + bytes.length / 2));
    }
  }
}
