// Package lfv reads test case files in the format that
// logstash-filter-verifier made known (fields, codec, ignore, testcases with
// input and expected), compares events as JSON values and prints what differs.
//
// It runs nothing itself: the caller gives a function that turns a case into
// events. It imports nothing of Castor.
package lfv
