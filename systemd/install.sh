#!/bin/sh
# Installs, upgrades and removes the service on Debian and Raspberry Pi OS. It may be run again at any time: what is
# as it should be is left alone, and the last line says whether anything was changed.
#
# It never touches settings that are there, never starts a service for the first time, and keeps settings, journal and
# user when it removes. Every version of the program has a folder of its own and is switched to when it is complete:
# an installation that is cut off leaves the running one as it was.
set -eu
umask 022

HERE=$(cd "$(dirname "$0")" && pwd)
SOURCE=$(dirname "$HERE")
DESTDIR=${DESTDIR:-}
DRY=
WHEEL=
ACTION=install
CHANGES=0
RESTART=

# The system's own Python: the unit shuts the service out of home folders, where others live.
PYTHON=/usr/bin/python3

PROGRAMS=/opt/caretaker
SETTINGS=/etc/caretaker
UNIT=/etc/systemd/system/caretaker.service
RULES=/etc/udev/rules.d/99-caretaker.rules
SYSUSERS=/etc/sysusers.d/caretaker.conf
COMMAND=/usr/local/bin/caretaker

usage() {
    cat <<END
Usage: install.sh [--uninstall] [--wheel FILE] [--destdir DIR] [--dry-run]

  --wheel FILE    install this wheel; default: the checkout that this script lies in
  --destdir DIR   put the files below DIR, for an image: no user, no program, nothing is started
  --dry-run       say what would be done and do nothing
  --uninstall     remove program, unit and rules; settings, journal and user stay
END
}

say() { printf '%s\n' "$*"; }

fail() { printf 'install.sh: %s\n' "$*" >&2 && exit 1; }

# Say what is done, count it, and do it unless this is a rehearsal: change "words" command…
change() {
    CHANGES=$((CHANGES + 1))
    [ -z "$DRY" ] || { say "would: $1" && return; }
    say "$1"
    shift
    "$@"
}

# Real: on this machine, not below --destdir. Booted: systemd runs here (not so in a chroot).
real() { [ -z "$DESTDIR" ]; }
booted() { real && [ -d /run/systemd/system ]; }

folder() { # folder PATH MODE [OWNER]
    [ -d "$DESTDIR$1" ] && return
    change "make $1" install -d -m "$2" "$DESTDIR$1"
    own "$1" "${3:-}"
}

file() { # file SOURCE PATH MODE [OWNER]
    cmp -s "$1" "$DESTDIR$2" && return
    change "write $2" install -D -m "$3" "$1" "$DESTDIR$2"
    own "$2" "${4:-}"
}

own() { # own PATH OWNER, where there are owners
    if [ -n "$2" ] && [ -z "$DRY" ] && real; then chown "$2" "$1"; fi
}

# what is done ---------------------------------------------------------------------------------------------------------

user() {
    file "$HERE/caretaker.sysusers" "$SYSUSERS" 644
    if real && ! getent passwd caretaker >/dev/null; then
        change "make the user and group caretaker" systemd-sysusers "$SYSUSERS"
    fi
}

python() {
    [ -x "$PYTHON" ] || fail "there is no $PYTHON: apt-get install python3 python3-venv"
    "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "Python 3.11 or newer is needed (Debian 12, Raspberry Pi OS 12), this is $("$PYTHON" --version)"
    "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null && return
    change "install python3-venv with apt" env DEBIAN_FRONTEND=noninteractive \
        sh -c 'apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null'
}

# What would be installed, as 12 hex digits: the sources or the wheel, and the Python that runs them.
fingerprint() {
    {
        "$PYTHON" --version
        if [ -n "$WHEEL" ]; then
            cat "$WHEEL"
        else
            cd "$SOURCE"
            find pyproject.toml agent drivers simulator -type f ! -name '*.py[co]' -exec sha256sum {} + | LC_ALL=C sort
        fi
    } | sha256sum | cut -c1-12
}

program() {
    python
    version=$(fingerprint)
    target=$PROGRAMS/$version
    if [ ! -e "$target/complete" ]; then
        change "install the program into $target (some minutes on a Pi)" build "$target"
    fi
    if [ "$(readlink "$PROGRAMS/current" || true)" != "$version" ]; then
        [ -n "$DRY" ] || accepted "$target/bin/caretaker"
        RESTART=yes
        change "switch to $target" switch "$version"
    fi
    if [ "$(readlink "$COMMAND" || true)" != "$PROGRAMS/current/bin/caretaker" ]; then
        change "link $COMMAND" ln -sn "$PROGRAMS/current/bin/caretaker" "$COMMAND"
    fi
}

build() {
    rm -rf "$1"
    install -d -m 755 "$PROGRAMS"
    if "$PYTHON" -m venv "$1" &&
        "$1/bin/python" -m pip install --quiet --disable-pip-version-check --no-cache-dir "${WHEEL:-$SOURCE}" &&
        "$1/bin/caretaker" --version; then
        touch "$1/complete"
    else
        fail "the program could not be installed into $1; what ran before is untouched"
    fi
}

# A version that refuses the settings is not switched to: what runs would not come back after the next power cut.
accepted() {
    if [ -e "$SETTINGS/site.yaml" ] && ! "$1" check -c "$SETTINGS" >/dev/null; then
        fail "the new version refuses the settings; what ran before is untouched. See: $1 check -c $SETTINGS"
    fi
}

# The version before stays, to go back to; older ones go.
switch() {
    before=$(readlink "$PROGRAMS/current" || true)
    ln -sfn "$1" "$PROGRAMS/next"
    mv -T "$PROGRAMS/next" "$PROGRAMS/current"
    for old in "$PROGRAMS"/*/; do
        case ${old%/} in
            "$PROGRAMS/current" | "$PROGRAMS/$1" | "$PROGRAMS/${before:-current}") ;;
            *) rm -rf "${old%/}" ;;
        esac
    done
}

# The example, only where no settings are: a file that somebody took out does not come back. site.yaml, which every
# folder of settings has, is the last to be written.
settings() {
    folder "$SETTINGS" 750 root:caretaker
    folder "$SETTINGS/secrets" 750 root:caretaker
    for schema in "$SOURCE"/config/schema/*.json; do
        file "$schema" "$SETTINGS/schema/${schema##*/}" 644
    done
    [ -e "$DESTDIR$SETTINGS/site.yaml" ] && return
    adapted=$(mktemp)
    for name in devices lines rules uplinks site; do
        [ -e "$DESTDIR$SETTINGS/$name.yaml" ] && continue
        for_a_service "$SOURCE/config/$name.yaml" >"$adapted"
        file "$adapted" "$SETTINGS/$name.yaml" 640 root:caretaker
    done
    rm -f "$adapted"
}

# The example keeps journal and socket beside itself; a service keeps them where its unit lets it write.
for_a_service() {
    sed -e 's|^\( *path:\) journal\.db.*|\1 /var/lib/caretaker/journal.db|' \
        -e 's|^\(control_socket:\) control\.sock.*|\1 /run/caretaker/control.sock|' "$1"
}

unit() {
    before=$CHANGES
    file "$HERE/caretaker.service" "$UNIT" 644
    if [ "$CHANGES" -gt "$before" ] && booted; then
        RESTART=yes
        change "let systemd read its units" systemctl daemon-reload
    fi
    before=$CHANGES
    file "$HERE/99-caretaker.rules" "$RULES" 644
    if [ "$CHANGES" -gt "$before" ] && booted && [ -S /run/udev/control ]; then
        change "let udev apply its rules" \
            sh -c 'udevadm control --reload && udevadm trigger --subsystem-match=tty --subsystem-match=usb-serial'
    fi
    if real && [ "$(systemctl is-enabled caretaker 2>/dev/null || true)" != enabled ]; then
        change "enable the service" systemctl enable --quiet caretaker
    fi
}

restart() {
    if [ -z "$RESTART" ] || ! booted || ! systemctl --quiet is-active caretaker; then return; fi
    change "restart the service" systemctl restart caretaker
}

remove() {
    if booted && systemctl --quiet is-active caretaker; then change "stop the service" systemctl stop caretaker; fi
    if real && [ -e "$UNIT" ]; then change "disable the service" systemctl disable --quiet caretaker; fi
    for path in "$UNIT" "$RULES" "$SYSUSERS" "$PROGRAMS" "$SETTINGS/schema"; do
        [ ! -e "$DESTDIR$path" ] || change "remove $path" rm -rf "$DESTDIR$path"
    done
    if [ -L "$DESTDIR$COMMAND" ]; then change "remove $COMMAND" rm -f "$DESTDIR$COMMAND"; fi
    if [ "$CHANGES" -gt 0 ] && booted && [ -z "$DRY" ]; then systemctl daemon-reload; fi
}

# ----------------------------------------------------------------------------------------------------------------------

while [ $# -gt 0 ]; do
    case $1 in
        --wheel) WHEEL=${2:?--wheel needs a file} && shift ;;
        --destdir) DESTDIR=${2:?--destdir needs a folder} && shift ;;
        --dry-run) DRY=yes ;;
        --uninstall) ACTION=uninstall ;;
        -h | --help) usage && exit ;;
        *) usage >&2 && fail "what is '$1'?" ;;
    esac
    shift
done

[ -z "$WHEEL" ] || [ -f "$WHEEL" ] || fail "there is no wheel $WHEEL"
if real; then
    command -v systemctl >/dev/null || fail "this machine has no systemd; run caretaker run -c DIR under what it has"
    [ -n "$DRY" ] || [ "$(id -u)" = 0 ] || fail "this needs root: sudo $0"
fi

if [ "$ACTION" = uninstall ]; then
    remove
    [ "$CHANGES" -gt 0 ] && say "Kept: $SETTINGS, /var/lib/caretaker, secrets, drop-ins of the unit, the user caretaker."
else
    user
    if real; then program; fi
    settings
    unit
    restart
    if [ "$CHANGES" -gt 0 ] && booted && ! systemctl --quiet is-active caretaker; then
        say "Next: edit $SETTINGS, then: caretaker check -c $SETTINGS && systemctl start caretaker"
    fi
fi

if [ "$CHANGES" -eq 0 ]; then
    say "Nothing to do: everything is as it should be."
else
    say "Done; ${DRY:+would be }changed: $CHANGES."
fi
