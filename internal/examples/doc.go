// Package examples holds the tests of the configurations in the folder examples. It has no code of its own.
package examples
