#!/usr/bin/env bash
# Takes dist/ anew from the packages that package-lock.json pins. With --check it only compares and fails on a difference.
set -euo pipefail
cd "$(dirname "$0")"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp package.json package-lock.json .npmrc "$work"/
(cd "$work" && npm ci --ignore-scripts --no-progress --loglevel=error)

modules="$work/node_modules"
dist="$work/dist"
mkdir "$dist"
# The source map comments are dropped: the maps are not served, and a browser would ask for them in vain.
# A line break that an editor would add at the end is added here, so that the files are the same everywhere.
take() { sed -e '/^\/\/# sourceMappingURL=/d' -e 's/\r$//' "$1" >"$dist/$2"; }
take "$modules/react/umd/react.production.min.js" react.js
take "$modules/react-dom/umd/react-dom.production.min.js" react-dom.js
take "$modules/graphiql/graphiql.min.js" graphiql.js
take "$modules/graphiql/graphiql.min.css" graphiql.css
# The bundle holds parts of what graphiql depends on; all of their licences go along.
node licences.mjs "$modules" >"$dist/LICENSES.txt"

if [ "${1:-}" = "--check" ]; then
    diff -rq dist "$dist" && echo "graphiql: dist is what the pinned packages give"
    exit
fi
rm -rf dist
cp -r "$dist" dist
