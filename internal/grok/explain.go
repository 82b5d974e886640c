package grok

type explainer struct{}
