package api

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"castor/internal/logging"
)

// loggerPrefix stands before a logger's name in a request, as in Logstash.
const loggerPrefix = "logger."

func (s *Server) logging(*http.Request) (any, error) {
	loggers := obj{}
	for name, level := range s.opt.Levels.All() {
		loggers[name] = logging.LevelName(level)
	}
	return s.with(obj{"loggers": loggers}), nil
}

const howToSet = `send JSON such as {"logger.logstash.outputs.redis": "DEBUG"}; {"logger.logstash": "DEBUG"} is for all`

func (s *Server) setLogging(r *http.Request) (any, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return nil, BadRequest("the request cannot be read: %v", err)
	}
	var wanted map[string]string
	if err := json.Unmarshal(body, &wanted); err != nil || len(wanted) == 0 {
		return nil, BadRequest("the request names no levels; %s", howToSet)
	}
	levels := map[string]slog.Level{}
	var faults []error
	for key, name := range wanted {
		logger, ok := strings.CutPrefix(key, loggerPrefix)
		level, err := logging.ParseLevel(name)
		if !ok || logger != logging.Root && !strings.HasPrefix(logger, logging.Root+".") {
			err = BadRequest("unrecognized option [%s]; %s", key, howToSet)
		}
		if err != nil {
			faults = append(faults, err)
		}
		levels[logger] = level
	}
	if err := errors.Join(faults...); err != nil {
		return nil, BadRequest("%v", err)
	}
	for logger, level := range levels {
		s.opt.Levels.Set(logger, level)
	}
	return s.with(obj{"acknowledged": true}), nil
}

func (s *Server) resetLogging(*http.Request) (any, error) {
	s.opt.Levels.Reset()
	return s.with(obj{"acknowledged": true}), nil
}
