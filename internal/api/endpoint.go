package api

import (
	"fmt"
	"net/http"
	"strconv"
)

// Endpoint is a request that one of the programs answers beside those that both do.
type Endpoint struct {
	Pattern string // as http.ServeMux has it: "GET /_castor/dead_letters"
	// Answer gives what is answered as JSON. Errors made by NotFound, BadRequest and Conflict say whose fault it is; any other is ours.
	Answer func(*http.Request) (any, error)
}

// problem is an answer that is no success.
type problem struct {
	status  int
	message string
}

func (p *problem) Error() string { return p.message }

func newProblem(status int, format string, args []any) error {
	return &problem{status, fmt.Sprintf(format, args...)}
}

// NotFound answers 404.
func NotFound(format string, args ...any) error { return newProblem(404, format, args) }

// BadRequest answers 400.
func BadRequest(format string, args ...any) error { return newProblem(400, format, args) }

// Conflict answers 409.
func Conflict(format string, args ...any) error { return newProblem(409, format, args) }

func forbidden(format string, args ...any) error { return newProblem(403, format, args) }

// Number reads a parameter of a request; def is its value where it is missing.
func Number(r *http.Request, name string, def, most int) (int, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return def, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, BadRequest("%s must be a number from 1 to %d, got %q", name, most, text)
	}
	return n, nil
}
