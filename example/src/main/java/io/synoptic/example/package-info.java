/** A Spring Boot application that embeds the library. */
package io.synoptic.example;
