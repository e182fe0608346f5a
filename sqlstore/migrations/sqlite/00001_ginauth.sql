-- +goose Up
-- Times are milliseconds since 1970, identities are in their canonical spelling, JSON is text.
CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 36),
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    hashed_password TEXT NOT NULL,
    is_active INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    is_superuser INTEGER NOT NULL CHECK (is_superuser IN (0, 1)),
    is_verified INTEGER NOT NULL CHECK (is_verified IN (0, 1)),
    second_factor INTEGER NOT NULL DEFAULT 0 CHECK (second_factor IN (0, 1)),
    token_version INTEGER NOT NULL DEFAULT 0,
    owner_version INTEGER NOT NULL DEFAULT 0,
    key_version INTEGER NOT NULL DEFAULT 0,
    kept_token TEXT NOT NULL DEFAULT '',
    roles TEXT NOT NULL DEFAULT '[]' CHECK (json_type(roles) = 'array'),
    ban_at INTEGER,
    ban_until INTEGER,
    ban_reason TEXT,
    ban_by TEXT,
    username TEXT,
    username_key TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    profile TEXT NOT NULL DEFAULT '{}' CHECK (json_type(profile) = 'object')
) STRICT;
CREATE UNIQUE INDEX users_email_key ON users (email_key);
CREATE UNIQUE INDEX users_username_key ON users (username_key);
CREATE INDEX users_superusers ON users (id) WHERE is_active AND is_superuser;

CREATE TABLE oauth_accounts (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 36),
    user_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    account_id TEXT NOT NULL,
    owner_version INTEGER NOT NULL DEFAULT 0,
    account_email TEXT NOT NULL DEFAULT '',
    email_verified INTEGER NOT NULL DEFAULT 0 CHECK (email_verified IN (0, 1)),
    access_token TEXT NOT NULL DEFAULT '',
    refresh_token TEXT NOT NULL DEFAULT '',
    expires_at INTEGER, -- seconds since 1970, as providers state it
    created_at INTEGER NOT NULL,
    updated_at INTEGER
) STRICT;
CREATE UNIQUE INDEX oauth_accounts_provider_account_id ON oauth_accounts (provider, account_id);
CREATE INDEX oauth_accounts_user_id ON oauth_accounts (user_id, created_at, id);

CREATE TABLE access_tokens (
    hash TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    backend TEXT NOT NULL,
    token_version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    last_seen_at INTEGER NOT NULL,
    ip TEXT NOT NULL DEFAULT '',
    user_agent TEXT NOT NULL DEFAULT '',
    methods TEXT,
    authenticated_at INTEGER,
    actor TEXT,
    actor_version INTEGER NOT NULL DEFAULT 0,
    scopes TEXT,
    generation INTEGER NOT NULL DEFAULT 0 CHECK (generation BETWEEN 0 AND 4294967295),
    parent INTEGER NOT NULL DEFAULT 0 CHECK (parent BETWEEN 0 AND 4294967295),
    rotated_at INTEGER,
    lost INTEGER NOT NULL DEFAULT 0 CHECK (lost IN (0, 1)),
    absolute_at INTEGER,
    salt TEXT NOT NULL DEFAULT '',
    remember INTEGER NOT NULL DEFAULT 0 CHECK (remember IN (0, 1))
) STRICT;
CREATE INDEX access_tokens_user_id ON access_tokens (user_id, backend, created_at, hash);
CREATE INDEX access_tokens_expires_at ON access_tokens (expires_at);

CREATE TABLE used_states (
    id TEXT NOT NULL PRIMARY KEY,
    expires_at INTEGER
) STRICT;
CREATE INDEX used_states_expires_at ON used_states (expires_at);

CREATE TABLE limits (
    id TEXT NOT NULL PRIMARY KEY,
    record TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX limits_expires_at ON limits (expires_at);

CREATE TABLE credentials (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    lookup_key TEXT NOT NULL,
    name TEXT NOT NULL DEFAULT '',
    data BLOB NOT NULL,
    way_in INTEGER NOT NULL DEFAULT 0 CHECK (way_in IN (0, 1)),
    owner_version INTEGER NOT NULL DEFAULT 0,
    rev INTEGER NOT NULL,
    change TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,
    last_used_at INTEGER,
    expires_at INTEGER
) STRICT;
CREATE UNIQUE INDEX credentials_kind_lookup_key ON credentials (kind, lookup_key);
CREATE INDEX credentials_user_id ON credentials (user_id, created_at, id);
CREATE INDEX credentials_expires_at ON credentials (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE pending (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    user_id TEXT,
    tries INTEGER NOT NULL DEFAULT 0,
    data BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX pending_user_id ON pending (user_id);
CREATE INDEX pending_expires_at ON pending (expires_at);

CREATE TABLE invitations (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    token TEXT NOT NULL,
    roles TEXT NOT NULL DEFAULT '[]' CHECK (json_type(roles) = 'array'),
    invited_by TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX invitations_email_key ON invitations (email_key);
CREATE INDEX invitations_expires_at ON invitations (expires_at);
