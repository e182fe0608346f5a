-- +goose Up
-- What a list of users is asked for, in the order of the list.
CREATE INDEX users_created_at ON users (created_at, id);
CREATE INDEX users_with_roles ON users (id) WHERE roles <> '[]';
CREATE INDEX users_all_superusers ON users (id) WHERE is_superuser;
CREATE INDEX users_inactive ON users (id) WHERE NOT is_active;
CREATE INDEX users_banned ON users (id) WHERE ban_at IS NOT NULL;

-- Users of events may be gone, and an event may be about an address only.
CREATE TABLE events (
    id text COLLATE "C" CONSTRAINT events_id PRIMARY KEY,
    at timestamptz NOT NULL,
    kind text COLLATE "C" NOT NULL,
    outcome text COLLATE "C" NOT NULL,
    code text NOT NULL DEFAULT '',
    user_id text COLLATE "C" NOT NULL DEFAULT '',
    actor_id text NOT NULL DEFAULT '',
    email text NOT NULL DEFAULT '',
    backend text NOT NULL DEFAULT '',
    methods jsonb,
    session text NOT NULL DEFAULT '',
    ip text NOT NULL DEFAULT '',
    user_agent text NOT NULL DEFAULT '',
    request_id text NOT NULL DEFAULT '',
    fields jsonb,
    before jsonb,
    after jsonb,
    note jsonb,
    expires_at timestamptz NOT NULL
);
CREATE INDEX events_user_id ON events (user_id, at, id);
CREATE INDEX events_kind ON events (kind, at, id);
CREATE INDEX events_at ON events (at, id);
CREATE INDEX events_expires_at ON events (expires_at);
