// Package joda compiles Joda-Time and java.time date patterns and applies them:
// it parses the texts that the date filter's match list names, with Joda's
// leniency, and prints the dates of field templates (%{+YYYY.MM.dd} and
// %{{yyyy-MM-dd}}).
//
// It knows strings, numbers and times, not events. It imports the standard
// library only, with the time zone database embedded, so that a machine without
// one gives the same times.
//
// The rules are those of Joda-Time 2.12 as Logstash uses it: a pattern's parts
// save field values, the values are then applied from the longest unit to the
// shortest, and the local time becomes an instant in the parsed or the
// configured zone. A local time inside a gap fails, one inside an overlap is the
// earlier instant.
package joda
