package elasticsearch

import (
	"castor/internal/event"
	"castor/internal/plugin"
)

// config has the options of logstash-output-elasticsearch 12.
type config struct {
	plugin.OutputCommon

	Hosts            []string        `opt:"hosts" default:"//127.0.0.1" type:"uri" doc:"The cluster's hosts, as URL, host:port or host; several are used in turn."`
	CloudID          string          `opt:"cloud_id" doc:"The id of a deployment in Elastic's cloud, instead of hosts."`
	CloudAuth        plugin.Password `opt:"cloud_auth" doc:"user:password for it."`
	User             string          `opt:"user" doc:"The user."`
	Password         plugin.Password `opt:"password" doc:"The password."`
	APIKey           plugin.Password `opt:"api_key" doc:"An API key, as id:key or in base64."`
	Path             string          `opt:"path" doc:"A path before every request's, for a cluster behind a proxy."`
	Proxy            string          `opt:"proxy" type:"uri" doc:"A forward proxy; the environment's where it is missing."`
	Parameters       plugin.Hash     `opt:"parameters" doc:"Parameters for every request's URL."`
	CustomHeaders    plugin.Hash     `opt:"custom_headers" doc:"Headers of every request."`
	Timeout          float64         `opt:"timeout" default:"60" doc:"Seconds to wait for an answer."`
	PoolMax          int             `opt:"pool_max" default:"1000" doc:"The most connections."`
	PoolMaxPerRoute  int             `opt:"pool_max_per_route" default:"100" doc:"The most connections to one host."`
	ResurrectDelay   float64         `opt:"resurrect_delay" default:"5" doc:"Seconds after which a host that failed is tried again."`
	Sniffing         bool            `opt:"sniffing" default:"false" doc:"Whether to ask the cluster for its nodes and use those."`
	SniffingDelay    float64         `opt:"sniffing_delay" default:"5" doc:"Seconds between the questions."`
	SniffingPath     string          `opt:"sniffing_path" doc:"The path of the question."`
	BulkPath         string          `opt:"bulk_path" doc:"The path of bulk requests."`
	HealthcheckPath  string          `opt:"healthcheck_path" doc:"The path of health checks." ignored:"requests themselves tell how the hosts fare"`
	ValidateAfter    int             `opt:"validate_after_inactivity" default:"10000" doc:"Milliseconds after which an idle connection is checked." ignored:"a request on a connection that broke is sent again"`
	HTTPCompression  bool            `opt:"http_compression" doc:"Whether requests are compressed." deprecated:"write compression_level"`
	CompressionLevel int             `opt:"compression_level" default:"1" doc:"gzip's level, 1 to 9; 0 sends requests as they are."`
	InitialInterval  float64         `opt:"retry_initial_interval" default:"2" doc:"Seconds to the first retry; a fifth of a second where it is missing."`
	MaxInterval      float64         `opt:"retry_max_interval" default:"64" doc:"The most seconds between retries; 30 where it is missing."`
	RetryTooLarge    string          `opt:"retry_too_large" type:"number or string duration" default:"10m" doc:"For how long a document of 1 MiB or more is tried again that the cluster has no memory for (429 by indexing pressure or a circuit breaker) though it is alone in its request and others are taken; then it becomes a dead letter. 0 is for ever. An option of Castor."`
	MaxRequests      int             `opt:"max_requests" default:"8" doc:"The most bulk requests at a time; a cluster that is overloaded gets fewer. An option of Castor."`

	SSLEnabled      bool            `opt:"ssl_enabled" doc:"Whether hosts without a scheme are spoken to by HTTPS."`
	SSL             bool            `opt:"ssl" doc:"The same." obsolete:"write ssl_enabled"`
	Authorities     []string        `opt:"ssl_certificate_authorities" doc:"PEM files with the authorities to trust; the system's where it is missing."`
	CACert          string          `opt:"cacert" doc:"The same." obsolete:"write ssl_certificate_authorities"`
	Fingerprint     []string        `opt:"ca_trusted_fingerprint" doc:"SHA-256 of a certificate to trust, in hexadecimal."`
	Certificate     string          `opt:"ssl_certificate" doc:"PEM file with the client's certificate."`
	Key             string          `opt:"ssl_key" doc:"PEM file with its key."`
	Verification    string          `opt:"ssl_verification_mode" default:"full" enum:"full|none" doc:"Whether the server's certificate is checked."`
	SSLVerification bool            `opt:"ssl_certificate_verification" doc:"The same." obsolete:"write ssl_verification_mode"`
	Protocols       []string        `opt:"ssl_supported_protocols" enum:"TLSv1.1|TLSv1.2|TLSv1.3" doc:"The versions of TLS to accept."`
	CipherSuites    []string        `opt:"ssl_cipher_suites" doc:"Cipher suites by their IANA names."`
	Keystore        string          `opt:"ssl_keystore_path" doc:"Java keystore." obsolete:"convert the keystore to PEM and use ssl_certificate and ssl_key"`
	KeystorePass    plugin.Password `opt:"ssl_keystore_password" doc:"Its password." obsolete:"convert the keystore to PEM and use ssl_certificate and ssl_key"`
	KeystoreType    string          `opt:"ssl_keystore_type" doc:"Its type." obsolete:"convert the keystore to PEM and use ssl_certificate and ssl_key"`
	OldKeystore     string          `opt:"keystore" doc:"Java keystore." obsolete:"convert the keystore to PEM and use ssl_certificate and ssl_key"`
	OldKeystorePass plugin.Password `opt:"keystore_password" doc:"Its password." obsolete:"convert the keystore to PEM and use ssl_certificate and ssl_key"`
	Truststore      string          `opt:"ssl_truststore_path" doc:"Java truststore." obsolete:"export the authorities to PEM and use ssl_certificate_authorities"`
	TruststorePass  plugin.Password `opt:"ssl_truststore_password" doc:"Its password." obsolete:"export the authorities to PEM and use ssl_certificate_authorities"`
	TruststoreType  string          `opt:"ssl_truststore_type" doc:"Its type." obsolete:"export the authorities to PEM and use ssl_certificate_authorities"`
	OldTruststore   string          `opt:"truststore" doc:"Java truststore." obsolete:"export the authorities to PEM and use ssl_certificate_authorities"`
	OldTruststorePw plugin.Password `opt:"truststore_password" doc:"Its password." obsolete:"export the authorities to PEM and use ssl_certificate_authorities"`

	Index              event.Template `opt:"index" doc:"The index; it may hold %{field} and %{+date}. logstash-%{+YYYY.MM.dd} where it is missing, ecs-logstash-… with ECS."`
	Action             event.Template `opt:"action" doc:"index, create, update, delete, or a text with %{field} that gives one of them. create where it is missing and events have identities, so that a document is never there twice."`
	DocumentID         event.Template `opt:"document_id" doc:"The document's id. The event's own identity where it is missing."`
	DocumentType       event.Template `opt:"document_type" doc:"The mapping type, for Elasticsearch before 7." deprecated:"mapping types are gone"`
	Routing            event.Template `opt:"routing" doc:"The routing value."`
	Pipeline           event.Template `opt:"pipeline" doc:"The ingest pipeline; none where the text comes out empty."`
	Version            event.Template `opt:"version" doc:"The document's version."`
	VersionType        string         `opt:"version_type" enum:"internal|external|external_gt|external_gte|force" doc:"The type of the version."`
	Parent             event.Template `opt:"parent" doc:"The parent's id, with join_field; it is the routing too."`
	JoinField          string         `opt:"join_field" doc:"The join field that takes the parent."`
	RetryOnConflict    int            `opt:"retry_on_conflict" default:"1" doc:"How often the cluster retries an update that met another one."`
	DocAsUpsert        bool           `opt:"doc_as_upsert" default:"false" doc:"Whether update creates a document that is missing."`
	Upsert             event.Template `opt:"upsert" doc:"The JSON that update creates a missing document of."`
	Script             event.Template `opt:"script" doc:"The script of an update."`
	ScriptLang         string         `opt:"script_lang" default:"painless" doc:"Its language."`
	ScriptType         string         `opt:"script_type" default:"inline" enum:"inline|indexed|file" doc:"Whether script is a text or the id of a stored one."`
	ScriptVarName      string         `opt:"script_var_name" default:"event" doc:"The parameter that holds the event."`
	ScriptedUpsert     bool           `opt:"scripted_upsert" default:"false" doc:"Whether the script runs for a missing document too."`
	SilenceErrors      []string       `opt:"silence_errors_in_log" doc:"Kinds of errors that are not logged." ignored:"one line tells all refusals of an interval; the dead letters have each with its reason"`
	FailureWhitelist   []string       `opt:"failure_type_logging_whitelist" doc:"The same." obsolete:"leave it out"`
	DLQCodes           []string       `opt:"dlq_custom_codes" doc:"Status codes that mean a dead letter beside 400 and 404." ignored:"every refusal for good becomes a dead letter"`
	DLQOnInterpolation bool           `opt:"dlq_on_failed_indexname_interpolation" default:"true" doc:"Whether an event whose index name keeps a %{field} becomes a dead letter; else it is indexed under that name."`

	FieldOverflow string `opt:"field_overflow" doc:"A field, such as overflow, that takes what an index has no room for: once it has refused a document because of its limit of fields (index.mapping.total_fields.limit), fields that it does not have are moved there instead of making the document a dead letter. Castor's own index template maps the field as flattened or flat_object, or where the engine has neither so that it is kept and not searched. Nothing is moved where it is missing. An option of Castor."`
	FieldLimit    int    `opt:"field_limit" default:"0" doc:"The most fields that a single document may have, those within objects counted; later ones are moved to field_overflow, so that one strange document does not use up the index's limit. 0 is no limit. An option of Castor."`

	DataStream          string `opt:"data_stream" default:"auto" enum:"auto|true|false" doc:"Whether documents go to a data stream; auto does so with ECS where no option of plain indices is given."`
	DataStreamType      string `opt:"data_stream_type" default:"logs" enum:"logs|metrics|synthetics|traces" doc:"The first part of the data stream's name."`
	DataStreamDataset   string `opt:"data_stream_dataset" default:"generic" doc:"The second part."`
	DataStreamNamespace string `opt:"data_stream_namespace" default:"default" doc:"The third part."`
	DataStreamRouting   bool   `opt:"data_stream_auto_routing" default:"true" doc:"Whether an event's fields [data_stream][type], [dataset] and [namespace] come before the options."`
	DataStreamSync      bool   `opt:"data_stream_sync_fields" default:"true" doc:"Whether those fields are set to where the event goes."`

	ManageTemplate    bool   `opt:"manage_template" default:"true" doc:"Whether the index template is installed at the start."`
	Template          string `opt:"template" doc:"A JSON file with the template; Castor's own where it is missing."`
	TemplateName      string `opt:"template_name" doc:"Its name; logstash, or ecs-logstash with ECS, where it is missing."`
	TemplateOverwrite bool   `opt:"template_overwrite" default:"false" doc:"Whether a template of this name is replaced."`
	TemplateAPI       string `opt:"template_api" default:"auto" enum:"auto|legacy|composable" doc:"The kind of template."`
	ILMEnabled        string `opt:"ilm_enabled" default:"auto" enum:"true|false|auto" doc:"Whether indices roll over under a policy; auto and false write to index."`
	ILMRolloverAlias  string `opt:"ilm_rollover_alias" doc:"The alias that is written to; logstash where it is missing."`
	ILMPattern        string `opt:"ilm_pattern" default:"{now/d}-000001" doc:"The first index after the alias."`
	ILMPolicy         string `opt:"ilm_policy" default:"logstash-policy" doc:"The policy."`
}
