-- +goose Up
CREATE TABLE users (
    id uuid CONSTRAINT users_id PRIMARY KEY,
    email text NOT NULL,
    email_key text COLLATE "C" NOT NULL,
    hashed_password text NOT NULL,
    is_active boolean NOT NULL,
    is_superuser boolean NOT NULL,
    is_verified boolean NOT NULL,
    second_factor boolean NOT NULL DEFAULT false,
    token_version bigint NOT NULL DEFAULT 0,
    owner_version bigint NOT NULL DEFAULT 0,
    key_version bigint NOT NULL DEFAULT 0,
    kept_token text NOT NULL DEFAULT '',
    roles jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(roles) = 'array'),
    ban_at timestamptz,
    ban_until timestamptz,
    ban_reason text,
    ban_by uuid,
    username text,
    username_key text COLLATE "C",
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    profile jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(profile) = 'object')
);
CREATE UNIQUE INDEX users_email_key ON users (email_key);
CREATE UNIQUE INDEX users_username_key ON users (username_key);
CREATE INDEX users_superusers ON users (id) WHERE is_active AND is_superuser;

CREATE TABLE oauth_accounts (
    id uuid CONSTRAINT oauth_accounts_id PRIMARY KEY,
    user_id uuid NOT NULL,
    provider text COLLATE "C" NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    owner_version bigint NOT NULL DEFAULT 0,
    account_email text NOT NULL DEFAULT '',
    email_verified boolean NOT NULL DEFAULT false,
    access_token text NOT NULL DEFAULT '',
    refresh_token text NOT NULL DEFAULT '',
    expires_at bigint, -- seconds since 1970, as providers state it
    created_at timestamptz NOT NULL,
    updated_at timestamptz
);
CREATE UNIQUE INDEX oauth_accounts_provider_account_id ON oauth_accounts (provider, account_id);
CREATE INDEX oauth_accounts_user_id ON oauth_accounts (user_id, created_at, id);

CREATE TABLE access_tokens (
    hash text COLLATE "C" CONSTRAINT access_tokens_hash PRIMARY KEY,
    user_id uuid NOT NULL,
    backend text COLLATE "C" NOT NULL,
    token_version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    last_seen_at timestamptz NOT NULL,
    ip text NOT NULL DEFAULT '',
    user_agent text NOT NULL DEFAULT '',
    methods jsonb,
    authenticated_at timestamptz,
    actor uuid,
    actor_version bigint NOT NULL DEFAULT 0,
    scopes jsonb,
    generation bigint NOT NULL DEFAULT 0 CHECK (generation BETWEEN 0 AND 4294967295),
    parent bigint NOT NULL DEFAULT 0 CHECK (parent BETWEEN 0 AND 4294967295),
    rotated_at timestamptz,
    lost boolean NOT NULL DEFAULT false,
    absolute_at timestamptz,
    salt text NOT NULL DEFAULT '',
    remember boolean NOT NULL DEFAULT false
);
CREATE INDEX access_tokens_user_id ON access_tokens (user_id, backend, created_at, hash);
CREATE INDEX access_tokens_expires_at ON access_tokens (expires_at);

CREATE TABLE used_states (
    id text COLLATE "C" CONSTRAINT used_states_id PRIMARY KEY,
    expires_at timestamptz
);
CREATE INDEX used_states_expires_at ON used_states (expires_at);

CREATE TABLE limits (
    id text COLLATE "C" CONSTRAINT limits_id PRIMARY KEY,
    record text COLLATE "C" NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX limits_expires_at ON limits (expires_at);

CREATE TABLE credentials (
    id text COLLATE "C" CONSTRAINT credentials_id PRIMARY KEY,
    user_id uuid NOT NULL,
    kind text COLLATE "C" NOT NULL,
    lookup_key text COLLATE "C" NOT NULL,
    name text NOT NULL DEFAULT '',
    data bytea NOT NULL,
    way_in boolean NOT NULL DEFAULT false,
    owner_version bigint NOT NULL DEFAULT 0,
    rev bigint NOT NULL,
    change text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    last_used_at timestamptz,
    expires_at timestamptz
);
CREATE UNIQUE INDEX credentials_kind_lookup_key ON credentials (kind, lookup_key);
CREATE INDEX credentials_user_id ON credentials (user_id, created_at, id);
CREATE INDEX credentials_expires_at ON credentials (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE pending (
    id text COLLATE "C" CONSTRAINT pending_id PRIMARY KEY,
    kind text COLLATE "C" NOT NULL,
    user_id uuid,
    tries bigint NOT NULL DEFAULT 0,
    data bytea NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX pending_user_id ON pending (user_id);
CREATE INDEX pending_expires_at ON pending (expires_at);

CREATE TABLE invitations (
    id text COLLATE "C" CONSTRAINT invitations_id PRIMARY KEY,
    email text NOT NULL,
    email_key text COLLATE "C" NOT NULL,
    token text COLLATE "C" NOT NULL,
    roles jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(roles) = 'array'),
    invited_by uuid,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX invitations_email_key ON invitations (email_key);
CREATE INDEX invitations_expires_at ON invitations (expires_at);

-- A row that is locked while the last active superuser is at stake.
CREATE TABLE guards (
    name text CONSTRAINT guards_name PRIMARY KEY
);
INSERT INTO guards (name) VALUES ('superusers');
