package kibana

// View is the data view's id.
const View = "castor-logstash"

// Objects are the data view of the indices that a pattern means, such as logstash-*, and the saved searches and dashboards over
// it, each after what it refers to.
func Objects(pattern string) []Object {
	all := []Object{dataView(View, pattern)}
	for _, s := range Searches() {
		all = append(all, s.object(View))
	}
	dashboards := Dashboards()
	for _, d := range dashboards {
		for _, row := range d.Rows {
			for _, p := range row {
				if p.Picture != nil {
					all = append(all, p.Picture.object(View))
				}
			}
		}
	}
	for _, d := range dashboards {
		all = append(all, d.object())
	}
	return all
}

// What the examples' documents have in common.
const (
	requests = `type.keyword:("nginx-access" OR "apache-access")`
	errorLog = `type.keyword:("nginx-error" OR "apache-error")`
	sshd     = "program.keyword:sshd*"
	syslog   = "_exists_:program"
	java     = "_exists_:logger"
	trouble  = java + " AND level.keyword:(ERROR OR FATAL)"
	failed   = sshd + " AND event.keyword:(failed OR invalid_user)"
	unparsed = "tags.keyword:_*failure"
)

// Searches are the saved searches.
func Searches() []Search {
	return []Search{
		{"castor-search-requests", "Web: requests", "Requests of nginx and Apache.", requests, []string{"clientip", "verb", "request", "response", "bytes", "agent"}},
		{"castor-search-web-errors", "Web: error log", "Error logs of nginx and Apache.", errorLog, []string{"host", "message"}},
		{"castor-search-syslog", "Syslog", "Lines of syslog, from files and by the network.", syslog, []string{"logsource", "program", "text"}},
		{"castor-search-sshd", "sshd: who came and who tried", "Logins and attempts.", sshd, []string{"logsource", "event", "user", "clientip", "text"}},
		{"castor-search-java", "Java: errors", "Errors with exception and trace.", trouble, []string{"host", "logger", "exception", "text"}},
		{"castor-search-unparsed", "Lines that no pattern knew", "Events with a tag that ends in failure, such as _grokparsefailure.", unparsed, []string{"type", "host", "path", "message"}},
	}
}

// Dashboards are what to look at first.
func Dashboards() []Dashboard {
	return []Dashboard{overview(), web(), system(), javaErrors()}
}

func overview() Dashboard {
	return Dashboard{"castor-overview", "Logs: overview", "What comes, from where, and what no pattern knew.", [][]Panel{
		{number("castor-overview-events", "Events", ""), number("castor-overview-unparsed", "Lines that no pattern knew", unparsed), ring("castor-overview-types", "Types", "", "type.keyword")},
		{bars("castor-overview-time", "Events over time by type", "", "type.keyword")},
		{table("castor-overview-hosts", "Hosts", "", "host.keyword", "Host"), table("castor-overview-files", "Files", "", "path.keyword", "File")},
		{search("castor-search-unparsed")},
	}}
}

func web() Dashboard {
	traffic := bars("castor-web-bytes", "Bytes sent over time", requests, "host.keyword")
	traffic.Picture.Sum = "bytes"
	return Dashboard{"castor-web", "Logs: web servers", "Requests and errors of nginx and Apache.", [][]Panel{
		{number("castor-web-requests", "Requests", requests), number("castor-web-5xx", "Answers of 500 and more", requests+" AND response:>=500"), ring("castor-web-status", "Status codes", requests, "response")},
		{bars("castor-web-time", "Requests over time by status", requests, "response")},
		{traffic},
		{table("castor-web-paths", "Requests", requests, "request.keyword", "Request"), table("castor-web-clients", "Clients", requests, "clientip.keyword", "Client")},
		{table("castor-web-missing", "Not found", requests+" AND response:404", "request.keyword", "Request"), table("castor-web-agents", "Programs", requests, "agent.keyword", "Agent")},
		{search("castor-search-web-errors")},
	}}
}

func system() Dashboard {
	return Dashboard{"castor-system", "Logs: systems and logins", "Syslog and sshd.", [][]Panel{
		{bars("castor-system-time", "Lines over time by program", syslog, "program.keyword")},
		{table("castor-system-hosts", "Hosts", syslog, "logsource.keyword", "Host"), table("castor-system-programs", "Programs", syslog, "program.keyword", "Program")},
		{bars("castor-sshd-time", "sshd over time", sshd, "event.keyword")},
		{table("castor-sshd-clients", "Failed logins by address", failed, "clientip.keyword", "Address"),
			table("castor-sshd-users", "Failed logins by user", failed, "user.keyword", "User")},
		{search("castor-search-sshd")},
		{search("castor-search-syslog")},
	}}
}

func javaErrors() Dashboard {
	return Dashboard{"castor-java", "Logs: Java errors", "Levels, exceptions and where they come from.", [][]Panel{
		{number("castor-java-errors", "Errors", trouble), ring("castor-java-levels", "Levels", java, "level.keyword")},
		{bars("castor-java-time", "Lines over time by level", java, "level.keyword")},
		{table("castor-java-exceptions", "Exceptions", java, "exception.keyword", "Exception"), table("castor-java-causes", "Where they began", java, "root_cause.keyword", "Root cause")},
		{table("castor-java-loggers", "Loggers of errors", trouble, "logger.keyword", "Logger"), table("castor-java-hosts", "Hosts of errors", trouble, "host.keyword", "Host")},
		{search("castor-search-java")},
	}}
}

func number(id, title, query string) Panel {
	return Panel{Picture: &Picture{ID: id, Title: title, Kind: Number, Query: query}, Width: 12, Height: 10}
}

func ring(id, title, query, field string) Panel {
	return Panel{Picture: &Picture{ID: id, Title: title, Kind: Ring, Query: query, Terms: []Terms{{field, 10, ""}}}, Width: 24, Height: 10}
}

func bars(id, title, query, field string) Panel {
	return Panel{Picture: &Picture{ID: id, Title: title, Kind: Bars, Query: query, Terms: []Terms{{field, 8, ""}}}, Width: 48, Height: 12}
}

func table(id, title, query, field, label string) Panel {
	return Panel{Picture: &Picture{ID: id, Title: title, Kind: Table, Query: query, Terms: []Terms{{field, 50, label}}}, Width: 24, Height: 14}
}

func search(id string) Panel { return Panel{Search: id, Width: 48, Height: 18} }
