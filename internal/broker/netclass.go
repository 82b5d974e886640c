package broker

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
)

// ClassifyNet sorts an error of the network or of TLS, with advice; ok is false for any other error.
func ClassifyNet(err error) (c Class, advice string, ok bool) {
	if c, advice, ok = classifyTLS(err); ok {
		return c, advice, true
	}
	var dns *net.DNSError
	var nerr net.Error
	switch {
	case errors.As(err, &dns):
		return Unreachable, "check the host's name and the resolver", true
	case errors.Is(err, syscall.ECONNREFUSED):
		return Unreachable, "nothing listens there: check host and port, and that the server runs", true
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		return Unreachable, "the socket's permissions forbid it", true
	case errors.Is(err, syscall.ENOENT):
		return Unreachable, "there is no such socket", true
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &nerr) && nerr.Timeout():
		return Timeout, "no answer in time: the server is overloaded, paused or cut off", true
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.As(err, &nerr):
		return Unreachable, "the connection broke", true
	}
	return Unknown, "", false
}

func classifyTLS(err error) (Class, string, bool) {
	var host x509.HostnameError
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &record):
		return TLS, "the server does not speak TLS on this port: set ssl_enabled => false or use its TLS port", true
	case errors.As(err, &host):
		return TLS, "the certificate is for another name: use that name as host, or ssl_verification_mode => \"certificate\"", true
	case errors.As(err, &unknown):
		return TLS, "the certificate's authority is not known: name it in ssl_certificate_authorities", true
	case errors.As(err, &invalid):
		return TLS, "the server's certificate is not valid", true
	case strings.Contains(err.Error(), "certificate required"), strings.Contains(err.Error(), "bad certificate"):
		return TLS, "the server wants a client certificate it trusts: set ssl_certificate and ssl_key", true
	case strings.Contains(err.Error(), "tls: "):
		return TLS, "check the ssl_* options on both sides", true
	}
	return Unknown, "", false
}
