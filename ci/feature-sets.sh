# The feature sets that are checked one by one; sourced by other scripts.
# shellcheck shell=bash disable=SC2034
feature_sets=("" "alloc" "bytes" "std" "stream" "codec" "client" "server" "std,bytes" "std,bytes,stream,codec,client,server")
