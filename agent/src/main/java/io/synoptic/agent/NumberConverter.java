package io.synoptic.agent;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Whole numbers from 0 to an option's bound. */
abstract class NumberConverter implements ITypeConverter<Integer> {
  private final int most;

  private NumberConverter(int most) {
    this.most = most;
  }

  /** Groups of listeners. */
  static final class Groups extends NumberConverter {
    Groups() {
      super(65534);
    }
  }

  /** Owners of connections. */
  static final class Owners extends NumberConverter {
    Owners() {
      super(10_000);
    }
  }

  /** Network namespaces. */
  static final class Namespaces extends NumberConverter {
    Namespaces() {
      super(4000);
    }
  }

  @Override
  public Integer convert(String value) {
    if (value.matches("[0-9]{1,9}") && Integer.parseInt(value) <= most) {
      return Integer.valueOf(value);
    }
    throw new TypeConversionException("write a whole number from 0 to " + most);
  }

  /** A percentage, or none. */
  static final class Budget implements ITypeConverter<Double> {
    @Override
    public Double convert(String value) {
      if (value.equals("0") || value.equals("off")) {
        return 0.0;
      }
      try {
        return new Percentage().convert(value);
      } catch (TypeConversionException e) {
        throw new TypeConversionException("write a percentage from 0.1 to 100, or off");
      }
    }
  }

  /** A percentage, with up to three decimals; less than a tenth would be as good as never. */
  static final class Percentage implements ITypeConverter<Double> {
    @Override
    public Double convert(String value) {
      if (value.matches("[0-9]{1,3}(\\.[0-9]{1,3})?")) {
        double percentage = Double.parseDouble(value);
        if (percentage >= 0.1 && percentage <= 100) {
          return percentage;
        }
      }
      throw new TypeConversionException("write a percentage from 0.1 to 100");
    }
  }
}
