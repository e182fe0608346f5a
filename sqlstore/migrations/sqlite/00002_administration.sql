-- +goose Up
-- What a list of users is asked for, in the order of the list.
CREATE INDEX users_created_at ON users (created_at, id);
CREATE INDEX users_with_roles ON users (id) WHERE roles <> '[]';
CREATE INDEX users_all_superusers ON users (id) WHERE is_superuser;
CREATE INDEX users_inactive ON users (id) WHERE NOT is_active;
CREATE INDEX users_banned ON users (id) WHERE ban_at IS NOT NULL;

-- Users of events may be gone, and an event may be about an address only.
CREATE TABLE events (
    id TEXT NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    outcome TEXT NOT NULL,
    code TEXT NOT NULL DEFAULT '',
    user_id TEXT NOT NULL DEFAULT '',
    actor_id TEXT NOT NULL DEFAULT '',
    email TEXT NOT NULL DEFAULT '',
    backend TEXT NOT NULL DEFAULT '',
    methods TEXT,
    session TEXT NOT NULL DEFAULT '',
    ip TEXT NOT NULL DEFAULT '',
    user_agent TEXT NOT NULL DEFAULT '',
    request_id TEXT NOT NULL DEFAULT '',
    fields TEXT,
    before TEXT,
    after TEXT,
    note TEXT,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX events_user_id ON events (user_id, at, id);
CREATE INDEX events_kind ON events (kind, at, id);
CREATE INDEX events_at ON events (at, id);
CREATE INDEX events_expires_at ON events (expires_at);
