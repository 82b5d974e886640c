package cef

import (
	"fmt"
	"strings"
)

// field is one field of an extension: its full name, its key, and where ECS has it.
type field struct {
	name, key, ecs string
	legacy         string // an older name that is kept where ECS is off
	time           bool   // a time, which ECS wants as one
	preferred      bool   // of several with one ECS field, the one to encode
}

// table has a line for each field: name, key (- where it is the name), ECS field, and notes: "time", "first" for
// preferred, another word for the older name. {device} is host or observer.
const table = `
agentAddress agt [agent][ip]
agentDnsDomain - [cef][agent][registered_domain] first
agentHostName ahost [agent][name]
agentId aid [agent][id]
agentMacAddress amac [agent][mac]
agentNtDomain - [cef][agent][registered_domain]
agentReceiptTime art [event][created] time
agentTimeZone atz [cef][agent][timezone]
agentTranslatedAddress - [cef][agent][nat][ip]
agentTranslatedZoneExternalID - [cef][agent][translated_zone][external_id]
agentTranslatedZoneURI - [cef][agent][translated_zone][uri]
agentType at [agent][type]
agentVersion av [agent][version]
agentZoneExternalID - [cef][agent][zone][external_id]
agentZoneURI - [cef][agent][zone][uri]
applicationProtocol app [network][protocol]
baseEventCount cnt [cef][base_event_count]
bytesIn in [source][bytes]
bytesOut out [destination][bytes]
categoryDeviceType catdt [cef][device_type]
customerExternalID - [organization][id]
customerURI - [organization][name]
destinationAddress dst [destination][ip]
destinationDnsDomain - [destination][registered_domain] first
destinationGeoLatitude dlat [destination][geo][location][lat] destinationLatitude
destinationGeoLongitude dlong [destination][geo][location][lon] destinationLongitude
destinationHostName dhost [destination][domain]
destinationMacAddress dmac [destination][mac]
destinationNtDomain dntdom [destination][registered_domain]
destinationPort dpt [destination][port]
destinationProcessId dpid [destination][process][pid]
destinationProcessName dproc [destination][process][name]
destinationServiceName - [destination][service][name]
destinationTranslatedAddress - [destination][nat][ip]
destinationTranslatedPort - [destination][nat][port]
destinationTranslatedZoneExternalID - [cef][destination][translated_zone][external_id]
destinationTranslatedZoneURI - [cef][destination][translated_zone][uri]
destinationUserId duid [destination][user][id]
destinationUserName duser [destination][user][name]
destinationUserPrivileges dpriv [destination][user][group][name]
destinationZoneExternalID - [cef][destination][zone][external_id]
destinationZoneURI - [cef][destination][zone][uri]
deviceAction act [event][action]
deviceAddress dvc [{device}][ip]
deviceDirection - [network][direction]
deviceDnsDomain - [{device}][registered_domain] first
deviceEventCategory cat [cef][category]
deviceExternalId - {id}
deviceFacility - [log][syslog][facility][code]
deviceHostName dvchost {hostname}
deviceInboundInterface - [observer][ingress][interface][name]
deviceMacAddress dvcmac [{device}][mac]
deviceNtDomain - [cef][nt_domain]
deviceOutboundInterface - [observer][egress][interface][name]
devicePayloadId - [cef][payload_id]
deviceProcessId dvcpid [process][pid]
deviceProcessName - [process][name]
deviceReceiptTime rt @timestamp time
deviceTimeZone dtz [event][timezone] destinationTimeZone
deviceTranslatedAddress - [host][nat][ip]
deviceTranslatedZoneExternalID - [cef][translated_zone][external_id]
deviceTranslatedZoneURI - [cef][translated_zone][uri]
deviceVersion - [observer][version]
deviceZoneExternalID - [cef][zone][external_id]
deviceZoneURI - [cef][zone][uri]
endTime end [event][end] time
eventId - [event][id]
eventOutcome outcome [event][outcome]
externalId - [cef][external_id]
fileCreateTime - [file][created]
fileHash - [file][hash]
fileId - [file][inode]
fileModificationTime - [file][mtime] time
fileName fname [file][name]
filePath - [file][path]
filePermission - [file][group]
fileSize fsize [file][size]
fileType - [file][extension]
managerReceiptTime mrt [event][ingested] time
message msg [message]
oldFileCreateTime - [cef][old_file][created] time
oldFileHash - [cef][old_file][hash]
oldFileId - [cef][old_file][inode]
oldFileModificationTime - [cef][old_file][mtime] time
oldFileName - [cef][old_file][name]
oldFilePath - [cef][old_file][path]
oldFilePermission - [cef][old_file][group]
oldFileSize - [cef][old_file][size]
oldFileType - [cef][old_file][extension]
rawEvent - [event][original]
Reason reason [event][reason]
requestClientApplication - [user_agent][original]
requestContext - [http][request][referrer]
requestCookies - [cef][request][cookies]
requestMethod - [http][request][method]
requestUrl request [url][original]
sourceAddress src [source][ip]
sourceDnsDomain - [source][registered_domain] first
sourceGeoLatitude slat [source][geo][location][lat] sourceLatitude
sourceGeoLongitude slong [source][geo][location][lon] sourceLongitude
sourceHostName shost [source][domain]
sourceMacAddress smac [source][mac]
sourceNtDomain sntdom [source][registered_domain]
sourcePort spt [source][port]
sourceProcessId spid [source][process][pid]
sourceProcessName sproc [source][process][name]
sourceServiceName - [source][service][name]
sourceTranslatedAddress - [source][nat][ip]
sourceTranslatedPort - [source][nat][port]
sourceTranslatedZoneExternalID - [cef][source][translated_zone][external_id]
sourceTranslatedZoneURI - [cef][source][translated_zone][uri]
sourceUserId suid [source][user][id]
sourceUserName suser [source][user][name]
sourceUserPrivileges spriv [source][user][group][name]
sourceZoneExternalID - [cef][source][zone][external_id]
sourceZoneURI - [cef][source][zone][uri]
startTime start [event][start] time
transportProtocol proto [network][transport]
type - [cef][type]
`

// customFields is how many custom fields of each kind there may be.
const customFields = 15

var customKinds = []struct{ name, key, ecs string }{
	{"deviceCustomFloatingPoint", "cfp", "device_custom_floating_point_"}, {"deviceCustomIPv6Address", "c6a", "device_custom_ipv6_address_"},
	{"deviceCustomNumber", "cn", "device_custom_number_"}, {"deviceCustomString", "cs", "device_custom_string_"},
}

// fieldsFor lists the fields; device is host or observer.
func fieldsFor(device string) []field {
	id, hostname := "[observer][name]", "[observer][hostname]"
	if device == "host" {
		id, hostname = "[host][id]", "[host][name]"
	}
	text := strings.NewReplacer("{device}", device, "{id}", id, "{hostname}", hostname).Replace(table)
	var all []field
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) < 3 {
			continue
		}
		f := field{name: words[0], key: words[1], ecs: words[2]}
		if f.key == "-" {
			f.key = f.name
		}
		for _, note := range words[3:] {
			switch note {
			case "time":
				f.time = true
			case "first":
				f.preferred = true
			default:
				f.legacy = note
			}
		}
		all = append(all, f)
	}
	for i := 1; i <= customFields; i++ {
		for _, k := range customKinds {
			n, base := fmt.Sprint(i), fmt.Sprintf("[cef][%s%d]", k.ecs, i)
			all = append(all, field{name: k.name + n, key: k.key + n, ecs: base + "[value]"},
				field{name: k.name + n + "Label", key: k.key + n + "Label", ecs: base + "[label]"})
		}
	}
	return all
}

// names is the two ways between CEF's names and the events' fields.
type names struct {
	decode map[string]string // key or name to field
	encode map[string]string // field or name to what is written
	times  map[string]bool   // fields that are times
}

func newNames(ecs, reverse bool, device string) *names {
	n := &names{decode: map[string]string{}, encode: map[string]string{}, times: map[string]bool{}}
	all := fieldsFor(device)
	for _, preferred := range []bool{false, true} {
		for _, f := range all {
			if f.preferred == preferred {
				n.add(f, ecs, reverse)
			}
		}
	}
	return n
}

func pick[T any](yes bool, a, b T) T {
	if yes {
		return a
	}
	return b
}

func (n *names) add(f field, ecs, reverse bool) {
	to := pick(ecs, f.ecs, f.name)
	n.decode[f.key], n.decode[f.name] = to, to
	n.encode[to] = pick(reverse, f.key, f.name)
	n.encode[f.name] = n.encode[to]
	if f.legacy != "" {
		n.decode[f.legacy] = pick(ecs, f.ecs, f.legacy)
		n.encode[f.legacy] = pick(reverse, f.key, f.legacy)
	}
	if ecs && f.time {
		n.times[to] = true
	}
}
