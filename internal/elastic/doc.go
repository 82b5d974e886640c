// Package elastic writes encoded documents into Elasticsearch 7, 8, 9 and OpenSearch over go-elasticsearch's transport,
// with the API that all of them share: bulk requests with a verdict for every document, the flavour of the cluster,
// templates, index lifecycle and data streams.
//
// It makes one attempt and says exactly what became of it. Repeating what failed for a time, and keeping what failed for
// good, is the pipeline's business. It may import plugin, for the shape of that verdict, and nothing above.
package elastic
