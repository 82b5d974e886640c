// Which fields say where a line came from: those of Castor, Logstash, Beaver and Filebeat, with and without the Elastic Common Schema.

export const hostFields = ["host.name", "host.hostname", "host", "hostname", "agent.hostname"];
export const fileFields = ["log.file.path", "path", "source", "file", "log.file"];
