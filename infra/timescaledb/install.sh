#!/usr/bin/env bash
# Brings PostgreSQL with TimescaleDB to a Debian or Ubuntu machine; README.md beside tells what it does.
# Progress goes to standard error, the result is the last line of standard output.
set -euo pipefail

release=trixie # the first Debian with TimescaleDB, built against PostgreSQL 17
major=17
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${VEILLEUR_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/veilleur}
tree=$cache/timescaledb-$release
json=false

usage() {
  cat <<USAGE
Brings PostgreSQL $major with TimescaleDB to this machine, once: a second run returns at once.

  Debian 13 or newer: installs the package postgresql-$major-timescaledb, without a cluster.
  Elsewhere: unpacks the packages of Debian 13 into
    $tree
  as plain files that run where they are: no chroot, no mount, no service.

Usage: install.sh [--json] [--help]
  --json   the last line is an object {kind, path, postgres, timescaledb}
Example: VEILLEUR_CACHE=/var/cache/veilleur infra/timescaledb/install.sh --json
Environment: VEILLEUR_CACHE           the folder for the unpacked tree's folder
             VEILLEUR_DEBIAN_MIRROR   a Debian mirror to download from (default: debootstrap's)
Exit status: 0 it is there, 1 it can't be brought here (says why), 2 usage
USAGE
}

say() { printf 'timescaledb: %s\n' "$*" >&2; }

give_up() {
  say "$1"
  [ $# -lt 2 ] || say "$2"
  exit 1
}

is_root() { [ "$(id -u)" -eq 0 ]; }

# report KIND PATH POSTGRES TIMESCALEDB
report() {
  if $json; then
    printf '{"kind":"%s","path":"%s","postgres":"%s","timescaledb":"%s"}\n' "$@"
  else
    printf 'PostgreSQL %s with TimescaleDB %s (%s) in %s\n' "$3" "$4" "$1" "$2"
  fi
}

# postgres_version PROGRAM: 17.11
postgres_version() { "$1" --version | sed -E 's/^[^0-9]*([0-9.]+).*/\1/'; }

# timescaledb_version SHARE_FOLDER: 2.19.3
timescaledb_version() { sed -nE "s/^default_version *= *'(.*)'/\1/p" "$1/extension/timescaledb.control"; }

# --- Debian 13 or newer: the package -------------------------------------------------------------

# The newest PostgreSQL first would be tempting; 17 is the one that the suites run on.
installed_major() {
  local candidate
  for candidate in $major 18 16; do
    if [ -x "/usr/lib/postgresql/$candidate/bin/postgres" ] &&
      [ -e "/usr/lib/postgresql/$candidate/lib/timescaledb.so" ]; then
      echo "$candidate"
      return
    fi
  done
  return 1
}

report_installed() {
  local programs=/usr/lib/postgresql/$1/bin
  report debian "$programs" "$(postgres_version "$programs/postgres")" \
    "$(timescaledb_version "/usr/share/postgresql/$1")"
}

apt_offers_package() {
  apt-cache policy "postgresql-$major-timescaledb" 2>/dev/null | grep -E 'Candidate: [0-9]' >/dev/null
}

# A fresh machine or container has no package list yet, so Debian 13 would look as if it had no TimescaleDB.
refresh_package_list() {
  if is_root && ! apt_offers_package && grep -Eq '^VERSION_CODENAME="?(trixie|forky|duke|sid)' /etc/os-release; then
    say "refreshing the package list"
    apt-get update >&2 || true
  fi
}

install_package() {
  is_root || give_up "installing postgresql-$major-timescaledb needs root" "run it again with sudo"
  say "installing the package postgresql-$major-timescaledb"
  # Debian starts a cluster "main" on port 5432 with the first PostgreSQL of a machine. Veilleur runs
  # its own, so none is made now; the wish is withdrawn afterwards, later installations are not ours.
  local wish=/etc/postgresql-common/createcluster.d/veilleur.conf
  if [ ! -e /usr/share/postgresql-common ]; then
    mkdir -p "${wish%/*}"
    trap 'rm -f /etc/postgresql-common/createcluster.d/veilleur.conf' EXIT
    echo 'create_main_cluster = false' >"$wish"
  fi
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    "postgresql-$major-timescaledb" >&2 ||
    give_up "apt-get could not install postgresql-$major-timescaledb" \
      "see its messages above; without network or with an old package list, try apt-get update"
}

# --- elsewhere: Debian 13's packages, unpacked ---------------------------------------------------

report_tree() {
  local programs=$tree/usr/lib/postgresql/$major/bin
  report relocated "$programs" "$(postgres_version "$programs/postgres")" \
    "$(timescaledb_version "$tree/usr/share/postgresql/$major")"
}

require_tools() {
  local missing=()
  command -v debootstrap >/dev/null || missing+=(debootstrap)
  # Debian's signatures can't be checked without its keys; Debian itself has them always.
  [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || missing+=(debian-archive-keyring)
  command -v gpgv >/dev/null || missing+=(gpgv)
  is_root || command -v fakeroot >/dev/null || missing+=(fakeroot)
  # Debian builds PostgreSQL to read the time zones of the machine, at this path.
  [ -e /usr/share/zoneinfo/Europe/Paris ] || missing+=(tzdata)
  [ ${#missing[@]} -gt 0 ] || return 0

  is_root || give_up "missing: ${missing[*]}" "as root: apt-get install ${missing[*]}; or run this with sudo"
  say "installing ${missing[*]}"
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >&2 ||
    { apt-get update >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y \
      --no-install-recommends "${missing[@]}" >&2; } ||
    give_up "apt-get could not install ${missing[*]}" "see its messages above: is there network?"
}

# Downloads only: debootstrap's later stages would mount /proc and run the packages' scripts in a
# chroot. Nothing of it is needed to run a database server, and a kill could leave the mount behind.
download_packages() {
  local pretend=()
  is_root || pretend=(fakeroot)
  say "downloading the packages of Debian 13 (some 120 MB)"
  "${pretend[@]}" debootstrap --download-only --force-check-gpg \
    --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
    --variant=minbase --include="postgresql-$major-timescaledb" \
    "$release" "$1" ${VEILLEUR_DEBIAN_MIRROR:+"$VEILLEUR_DEBIAN_MIRROR"} >"$1.log" 2>&1 || {
    tail -n 5 "$1.log" >&2
    give_up "debootstrap could not download Debian $release" \
      "is there network to a Debian mirror? VEILLEUR_DEBIAN_MIRROR names another one"
  }
}

unpack_packages() {
  say "unpacking"
  local package
  mkdir -p "$2"
  # Debian's lib and lib64 are links into usr; without them dpkg-deb makes folders beside.
  mkdir -p "$2/usr/lib" "$2/usr/lib64"
  ln -s usr/lib "$2/lib"
  ln -s usr/lib64 "$2/lib64"
  for package in "$1"/var/cache/apt/archives/*.deb; do
    case ${package##*/} in
      # The compiler for queries and what Debian's own scripts need: three quarters of it all.
      libllvm* | libz3* | perl* | libperl* | locales* | coreutils* | bash_* | apt_* | dpkg_*) continue ;;
    esac
    dpkg-deb --fsys-tarfile "$package" | tar -x -C "$2" --no-same-owner --keep-directory-symlink \
      --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*'
  done
}

# keep_server UNPACKED TREE: PostgreSQL with its extensions, and each library that one of them loads.
keep_server() {
  say "keeping the server, its extensions and their libraries"
  local unpacked=$1 kept=$2 folder=usr/lib/postgresql/$major loader library_path program
  mkdir -p "$kept/lib" "$kept/$folder/bin" "$kept/usr/share/postgresql"
  cp -a "$unpacked/$folder/bin" "$kept/$folder/programs"
  cp -a "$unpacked/$folder/lib" "$kept/$folder/lib"
  cp -a "$unpacked/usr/share/postgresql/$major" "$kept/usr/share/postgresql/$major"
  # Compiled queries (LLVM) gain nothing for short statements; PostgreSQL runs without when it isn't there.
  rm -rf "$kept/$folder/lib/bitcode" "$kept/$folder/lib/pgxs" "$kept/$folder"/lib/llvmjit*

  loader=$(find "$unpacked/usr/lib" -name 'ld-linux*.so.*' -type f | head -n 1)
  [ -n "$loader" ] || give_up "no dynamic loader among the packages of Debian $release for $(uname -m)"
  cp "$loader" "$kept/lib/ld.so"
  library_path=${loader%/*}
  find "$kept/$folder/programs" "$kept/$folder/lib" -type f \( -perm -u+x -o -name '*.so' \) |
    while read -r program; do
      "$loader" --inhibit-cache --library-path "$library_path" --list "$program" 2>/dev/null || true
    done | awk -v from="$library_path/" 'index($3, from) == 1 { print $3 }' | sort -u |
    xargs -r cp -L -t "$kept/lib"

  # Copies, for PostgreSQL follows links when it asks where it is.
  for program in "$kept/$folder/programs"/*; do
    install -m 755 "$here/run-relocated.sh" "$kept/$folder/bin/${program##*/}"
  done
  chmod -R u+rwX,go+rX,go-w "$kept"
}

build_tree() {
  require_tools
  mkdir -p "$cache" || give_up "$cache can't be written" "VEILLEUR_CACHE names another folder"
  # One builds, the others wait for it. What a killed run left is in .partial and is begun anew.
  exec 9>"$tree.lock"
  flock --nonblock 9 || { say "waiting for another install.sh" && flock 9; }
  [ ! -d "$tree" ] || return 0

  local partial=$tree.partial
  trap 'rm -rf "$tree.partial"' EXIT
  rm -rf "$partial"
  mkdir -p "$partial"
  download_packages "$partial/download"
  unpack_packages "$partial/download" "$partial/unpacked"
  keep_server "$partial/unpacked" "$partial/tree"
  "$partial/tree/usr/lib/postgresql/$major/bin/postgres" --version >/dev/null ||
    give_up "the unpacked PostgreSQL does not run on this machine ($(uname -srm))"
  mv "$partial/tree" "$tree"
  say "done: $(du -sh "$tree" | cut -f 1)"
}

# --- the order of things -------------------------------------------------------------------------

main() {
  while [ $# -gt 0 ]; do
    case $1 in
      --json) json=true ;;
      --help | -h) usage && exit 0 ;;
      *)
        say "unknown argument: $1"
        usage >&2
        exit 2
        ;;
    esac
    shift
  done

  local found
  if found=$(installed_major); then
    report_installed "$found"
  elif [ -d "$tree" ]; then
    report_tree
  elif ! command -v apt-get >/dev/null; then
    give_up "this is neither Debian nor Ubuntu" \
      "install PostgreSQL with TimescaleDB by other means and set DATABASE_URL"
  else
    refresh_package_list
    if apt_offers_package; then
      install_package
      report_installed "$major"
    else
      build_tree
      report_tree
    fi
  fi
}

main "$@"
