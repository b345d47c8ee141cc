#!/bin/sh
# Runs the PostgreSQL program of this script's name with the C library and the libraries of its own
# tree, not with those of the machine. install.sh puts a copy of this file under every program's name
# into usr/lib/postgresql/<major>/bin; the programs themselves are in ../programs.
#
# --argv0 gives PostgreSQL the path of this script as its own: from there it finds its libraries, its
# share folder and its fellow programs (initdb starts postgres) wherever the tree lies.
self=$0
case $self in /*) ;; *) self=$(pwd)/$self ;; esac
tree=${self%/usr/lib/postgresql/*}
exec "$tree/lib/ld.so" --inhibit-cache --library-path "$tree/lib" --argv0 "$self" \
  "${self%/bin/*}/programs/${self##*/}" "$@"
