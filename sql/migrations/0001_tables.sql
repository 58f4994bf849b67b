-- Everything that is kept.  Sizes are bytes, durations milliseconds, times the
-- database's.  seq, ordinal, number and chunk are int4, so that sets of them are
-- int4multirange.

CREATE DOMAIN sluice.slug AS text
	CHECK (VALUE ~ '^[a-z0-9][a-z0-9._-]{0,63}$');

-- ---- the catalog ----

CREATE TABLE sluice.publisher (
	id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name sluice.slug NOT NULL UNIQUE,
	title text NOT NULL,
	created timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);

-- Who publishes for it: a login for each person or site.
CREATE TABLE sluice.publisher_login (
	login name PRIMARY KEY,
	publisher int NOT NULL REFERENCES sluice.publisher,
	site text,
	created timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);

CREATE TABLE sluice.publisher_key (
	publisher int NOT NULL REFERENCES sluice.publisher,
	public_key text NOT NULL UNIQUE,
	key_id bytea NOT NULL CHECK (octet_length(key_id) = 8),
	status text NOT NULL DEFAULT 'active'
		CHECK (status IN ('active', 'revoked')),
	created timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	PRIMARY KEY (publisher, key_id)
);

CREATE TABLE sluice.dataset (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9-]{1,62}$'),
	publisher int NOT NULL REFERENCES sluice.publisher,
	kind text NOT NULL CHECK (kind IN ('prebuilt', 'subscription')),
	visibility text NOT NULL
		CHECK (visibility IN ('public', 'listed', 'private')),
	title text NOT NULL,
	description text NOT NULL DEFAULT '',
	licence_name text NOT NULL DEFAULT '',
	price jsonb, -- that the page shows
	created timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	-- of the latest visible batch; 0 before the first
	seq int NOT NULL DEFAULT 0,
	updated timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	-- of the live episodes
	episodes bigint NOT NULL DEFAULT 0,
	duration_ms bigint NOT NULL DEFAULT 0,
	content_bytes bigint NOT NULL DEFAULT 0,
	-- The first batch that some class of licences does not have yet; NULL for
	-- none.  From there on released_seq() is asked.
	early_seq int,
	-- What class standard has: pages show it, and the sums below are of it.
	standard_seq int NOT NULL DEFAULT 0,
	-- facet values, so that a search finds them
	keywords text NOT NULL DEFAULT '',
	search tsvector GENERATED ALWAYS AS (
		setweight(to_tsvector('english', title), 'A') ||
		setweight(to_tsvector('simple',
		    replace(name, '-', ' ')), 'A') ||
		setweight(to_tsvector('simple', keywords), 'B') ||
		setweight(to_tsvector('english', description), 'C')) STORED
);
CREATE INDEX dataset_search ON sluice.dataset USING gin (search);
CREATE INDEX dataset_publisher ON sluice.dataset (publisher);

-- Live episodes per facet value, written when a batch becomes visible.
CREATE TABLE sluice.dataset_facet (
	dataset bigint NOT NULL REFERENCES sluice.dataset,
	key text NOT NULL,
	value text NOT NULL,
	episodes bigint NOT NULL,
	PRIMARY KEY (dataset, key, value)
);

-- Live episodes and bytes per layer, written at the same time.
CREATE TABLE sluice.dataset_layer (
	dataset bigint NOT NULL REFERENCES sluice.dataset,
	layer text NOT NULL,
	episodes bigint NOT NULL,
	content_bytes bigint NOT NULL,
	PRIMARY KEY (dataset, layer)
);

-- ---- batches ----

CREATE TABLE sluice.publication (
	id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
	dataset bigint NOT NULL REFERENCES sluice.dataset,
	seq int NOT NULL CHECK (seq > 0),
	state text NOT NULL DEFAULT 'reserved' CHECK (state IN
		('reserved', 'signed', 'sealed', 'logged', 'visible', 'abandoned')),
	published timestamptz NOT NULL,
	previous text NOT NULL CHECK (previous ~ '^[0-9a-f]{64}$'),
	content_digest text NOT NULL CHECK (content_digest ~ '^[0-9a-f]{64}$'),
	release jsonb, -- class of licences: when it gets the batch
	waits boolean NOT NULL DEFAULT false, -- written, and to be signed offline
	actor name NOT NULL DEFAULT session_user,
	created timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	changed timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	reason text
);
CREATE UNIQUE INDEX publication_open ON sluice.publication (dataset)
	WHERE state IN ('reserved', 'signed', 'sealed', 'logged');
CREATE UNIQUE INDEX publication_seq ON sluice.publication (dataset, seq)
	WHERE state <> 'abandoned';

-- Rows appear with the seal; the batch is visible once dataset.seq reaches it.
CREATE TABLE sluice.batch (
	dataset bigint NOT NULL REFERENCES sluice.dataset,
	seq int NOT NULL CHECK (seq > 0),
	publication uuid NOT NULL UNIQUE REFERENCES sluice.publication,
	published timestamptz NOT NULL,
	manifest bytea NOT NULL,
	manifest_sha256 bytea NOT NULL,
	minisig bytea NOT NULL,
	added int NOT NULL,
	revised int NOT NULL,
	retracted int NOT NULL,
	duration_ms bigint NOT NULL,
	content_bytes bigint NOT NULL,
	pack_bytes bigint NOT NULL,
	segments int NOT NULL,
	chunks int NOT NULL,
	sealed timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	visible_at timestamptz,
	PRIMARY KEY (dataset, seq)
);

CREATE TABLE sluice.batch_object (
	dataset bigint NOT NULL,
	seq int NOT NULL,
	name text NOT NULL CHECK (name IN ('manifest', 'manifest.minisig',
		'index.json', 'files.sha256', 'quality.json', 'pack.tar.zst')),
	bytes bigint NOT NULL CHECK (bytes >= 0),
	sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
	PRIMARY KEY (dataset, seq, name),
	FOREIGN KEY (dataset, seq) REFERENCES sluice.batch
);

-- The batches that reach a class of licences later; 0022 says how.
CREATE TABLE sluice.batch_release (
	dataset bigint NOT NULL,
	seq int NOT NULL,
	class text NOT NULL,
	at timestamptz NOT NULL,
	released timestamptz,
	PRIMARY KEY (dataset, seq, class),
	FOREIGN KEY (dataset, seq) REFERENCES sluice.batch
);
CREATE INDEX batch_release_due ON sluice.batch_release (at)
	WHERE released IS NULL;

-- What each batch says of an episode, as in its index.
CREATE TABLE sluice.episode_entry (
	dataset bigint NOT NULL,
	seq int NOT NULL,
	number int NOT NULL CHECK (number >= 0),
	id uuid NOT NULL,
	op text NOT NULL CHECK (op IN ('add', 'revise', 'retract')),
	revision int NOT NULL CHECK (revision > 0),
	facets jsonb NOT NULL,
	layers jsonb NOT NULL,
	reason text,
	duration_ms bigint NOT NULL,
	site text,
	source_key text,
	digest text,
	PRIMARY KEY (dataset, seq, number),
	FOREIGN KEY (dataset, seq) REFERENCES sluice.batch
);

-- The latest visible state of each episode.  Number 0 stands for the dataset's
-- own files.
CREATE TABLE sluice.episode (
	dataset bigint NOT NULL REFERENCES sluice.dataset,
	number int NOT NULL CHECK (number >= 0),
	id uuid NOT NULL,
	site text NOT NULL,
	source_key text NOT NULL,
	digest text NOT NULL,
	revision int NOT NULL,
	first_seq int NOT NULL,
	last_seq int NOT NULL,
	facets jsonb NOT NULL,
	layers jsonb NOT NULL, -- {"state":"7.1"}: seq.ordinal
	duration_ms bigint NOT NULL,
	content_bytes bigint NOT NULL,
	retracted_seq int,
	reason text,
	erased timestamptz,      -- marked: never sent again
	erased_done timestamptz, -- the stored bytes are gone
	PRIMARY KEY (dataset, number),
	UNIQUE (dataset, id),
	UNIQUE (dataset, site, source_key)
);

CREATE TABLE sluice.segment (
	dataset bigint NOT NULL,
	seq int NOT NULL,
	ordinal int NOT NULL CHECK (ordinal >= 0),
	number int NOT NULL,
	layer text NOT NULL,
	content_bytes bigint NOT NULL CHECK (content_bytes >= 0),
	duration_ms bigint NOT NULL, -- of the episode, for the charge
	pack_offset bigint NOT NULL CHECK (pack_offset >= 0),
	stored_bytes bigint NOT NULL CHECK (stored_bytes > 0),
	chunk_first int NOT NULL CHECK (chunk_first >= 0),
	chunk_sizes int[] NOT NULL CHECK (cardinality(chunk_sizes) > 0),
	blocked text CHECK (blocked IN ('retracted', 'erased')),
	PRIMARY KEY (dataset, seq, ordinal),
	FOREIGN KEY (dataset, seq) REFERENCES sluice.batch
);
CREATE INDEX segment_chunk ON sluice.segment (dataset, seq, chunk_first);
CREATE INDEX segment_number ON sluice.segment (dataset, number);

-- ---- customers and licences ----

CREATE TABLE sluice.customer (
	id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
	name sluice.slug NOT NULL UNIQUE,
	title text NOT NULL,
	contact text NOT NULL DEFAULT '',
	status text NOT NULL DEFAULT 'active'
		CHECK (status IN ('active', 'disabled')),
	created timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);

-- The contract that licences may stand under; locked before its licences.  NULL
-- is no ceiling.  Its history is in agreement_version.
CREATE TABLE sluice.agreement (
	id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
	customer uuid NOT NULL REFERENCES sluice.customer,
	name sluice.slug NOT NULL,
	version int NOT NULL DEFAULT 1 CHECK (version > 0),
	status text NOT NULL DEFAULT 'active'
		CHECK (status IN ('active', 'suspended', 'ended')),
	valid_from timestamptz NOT NULL,
	valid_until timestamptz NOT NULL,
	currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
	ceiling_episodes bigint CHECK (ceiling_episodes >= 0),
	ceiling_duration_ms bigint CHECK (ceiling_duration_ms >= 0),
	ceiling_bytes bigint CHECK (ceiling_bytes >= 0),
	ceiling_money_micro bigint CHECK (ceiling_money_micro >= 0),
	created timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	UNIQUE (customer, name),
	CHECK (valid_from < valid_until)
);

-- The sums of the ledgers of its licences; made with the agreement.
CREATE TABLE sluice.agreement_total (
	agreement uuid PRIMARY KEY REFERENCES sluice.agreement,
	used_episodes bigint NOT NULL DEFAULT 0,
	used_duration_ms bigint NOT NULL DEFAULT 0,
	used_bytes bigint NOT NULL DEFAULT 0,
	amount_micro bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

CREATE FUNCTION sluice.agreement_total_add() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	INSERT INTO sluice.agreement_total (agreement) VALUES (NEW.id);
	RETURN NEW;
END
$$;
CREATE TRIGGER total AFTER INSERT ON sluice.agreement
	FOR EACH ROW EXECUTE FUNCTION sluice.agreement_total_add();

-- What the charge needs of the current version's terms stands here too; only
-- licence_set_terms() writes it.  A licence keeps its agreement.
CREATE TABLE sluice.licence (
	id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
	customer uuid NOT NULL REFERENCES sluice.customer,
	agreement uuid REFERENCES sluice.agreement,
	dataset bigint NOT NULL REFERENCES sluice.dataset,
	version int NOT NULL,
	status text NOT NULL DEFAULT 'active'
		CHECK (status IN ('active', 'suspended', 'revoked')),
	class sluice.slug NOT NULL DEFAULT 'standard',
	programme text NOT NULL DEFAULT '',
	valid_from timestamptz NOT NULL,
	valid_until timestamptz NOT NULL,
	-- until then what is held may be fetched again
	grace_until timestamptz NOT NULL DEFAULT 'infinity',
	quota_per text NOT NULL DEFAULT 'total'
		CHECK (quota_per IN ('total', 'month')),
	quota_episodes bigint,
	quota_duration_ms bigint,
	quota_bytes bigint,
	-- the quotas with the overage that is allowed
	limit_episodes bigint,
	limit_duration_ms bigint,
	limit_bytes bigint,
	deliveries int, -- NULL: the setting deliveries_per_licence
	text_sha256 text CHECK (text_sha256 ~ '^[0-9a-f]{64}$'),
	text_required boolean NOT NULL DEFAULT false,
	-- the text that the customer accepted last; acceptance writes it
	accepted_sha256 text CHECK (accepted_sha256 ~ '^[0-9a-f]{64}$'),
	-- compact JSON, as frozen in the ledger; NULL is free
	price text,
	created timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	CHECK (price IS NULL OR agreement IS NOT NULL)
);
CREATE INDEX licence_agreement ON sluice.licence (agreement)
	WHERE agreement IS NOT NULL;
CREATE INDEX licence_customer ON sluice.licence (customer, dataset);
CREATE INDEX licence_dataset ON sluice.licence (dataset);

CREATE TABLE sluice.licence_version (
	licence uuid NOT NULL REFERENCES sluice.licence,
	version int NOT NULL CHECK (version > 0),
	terms jsonb NOT NULL,
	actor name NOT NULL DEFAULT session_user,
	reason text NOT NULL,
	created timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	PRIMARY KEY (licence, version)
);

CREATE TABLE sluice.licence_event (
	licence uuid NOT NULL REFERENCES sluice.licence,
	number int NOT NULL,
	status text NOT NULL,
	actor name NOT NULL DEFAULT session_user,
	reason text NOT NULL,
	at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	PRIMARY KEY (licence, number)
);

CREATE TABLE sluice.token (
	id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
	customer uuid NOT NULL REFERENCES sluice.customer,
	licence uuid REFERENCES sluice.licence,
	name sluice.slug NOT NULL,
	mac bytea NOT NULL UNIQUE CHECK (octet_length(mac) = 32),
	tail text NOT NULL CHECK (length(tail) <= 8),
	scopes int NOT NULL CHECK (scopes BETWEEN 1 AND 7),
	created timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	expires timestamptz NOT NULL,
	revoked timestamptz
);
CREATE INDEX token_customer ON sluice.token (customer);

-- ---- what was charged ----

-- The sums of a licence's ledger and its end.  month is the UTC month of the
-- last row, and the month_ and priced_ figures are of that month: all rows, and
-- the charges alone, which the price goes by.
CREATE TABLE sluice.licence_total (
	licence uuid PRIMARY KEY REFERENCES sluice.licence,
	used_episodes bigint NOT NULL DEFAULT 0,
	used_duration_ms bigint NOT NULL DEFAULT 0,
	used_bytes bigint NOT NULL DEFAULT 0,
	amount_micro bigint NOT NULL DEFAULT 0,
	month date NOT NULL DEFAULT '-infinity',
	month_episodes bigint NOT NULL DEFAULT 0,
	month_duration_ms bigint NOT NULL DEFAULT 0,
	month_bytes bigint NOT NULL DEFAULT 0,
	month_amount_micro bigint NOT NULL DEFAULT 0,
	priced_episodes bigint NOT NULL DEFAULT 0,
	priced_duration_ms bigint NOT NULL DEFAULT 0,
	-- the first month whose fee is due; NULL: no monthly fee
	fee_month date,
	last_at timestamptz NOT NULL DEFAULT '-infinity',
	ledger_number bigint NOT NULL DEFAULT 0,
	ledger_head bytea NOT NULL
		DEFAULT pg_catalog.decode(pg_catalog.repeat('00', 32), 'hex')
) WITH (fillfactor = 50);

-- Only the charge writes the next three, with the licence's row locked; licences
-- are never deleted.  References would only cost it time.
CREATE TABLE sluice.held_segments (
	licence uuid NOT NULL,
	dataset bigint NOT NULL,
	seq int NOT NULL,
	ordinals int4multirange NOT NULL,
	PRIMARY KEY (licence, dataset, seq)
) WITH (fillfactor = 70);

CREATE TABLE sluice.held_episodes (
	licence uuid NOT NULL,
	dataset bigint NOT NULL,
	numbers int4multirange NOT NULL,
	PRIMARY KEY (licence, dataset)
) WITH (fillfactor = 70);

-- Time does not run backwards within a licence, whatever the clock does.  Only
-- ledger_append() writes here: a CHECK would be read anew for every row, a tenth
-- of a charge each; sql/checks has them.
CREATE TABLE sluice.ledger (
	licence uuid NOT NULL,
	number bigint NOT NULL,
	at timestamptz NOT NULL,
	kind text NOT NULL, -- charge, credit, fee
	licence_version int NOT NULL,
	dataset bigint NOT NULL,
	seq int NOT NULL, -- 0 for credits and fees
	ordinals int4multirange NOT NULL,
	numbers int4multirange NOT NULL,
	episodes bigint NOT NULL,
	duration_ms bigint NOT NULL,
	bytes bigint NOT NULL,
	purpose text NOT NULL,
	currency text,
	price text,
	amount_micro bigint NOT NULL,
	-- of a fee its month, of a credit what it is for: "row 12", a ticket
	reference text NOT NULL,
	reason text NOT NULL,
	previous bytea NOT NULL,
	hash bytea NOT NULL,
	PRIMARY KEY (licence, number)
);
CREATE UNIQUE INDEX ledger_reference ON sluice.ledger (licence, kind, reference)
	WHERE kind <> 'charge';

-- ---- the running service ----

-- wire_bytes is a figure for people; nobody is billed for it.
CREATE TABLE sluice.lease (
	id uuid PRIMARY KEY,
	licence uuid NOT NULL REFERENCES sluice.licence,
	version int NOT NULL,
	token uuid REFERENCES sluice.token, -- NULL: a bundle
	worker text NOT NULL,
	peer text NOT NULL,
	kind text NOT NULL,
	started timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	expires timestamptz NOT NULL,
	wire_bytes bigint NOT NULL DEFAULT 0,
	after_event bigint NOT NULL, -- the newest one when it was opened
	killed text
) WITH (fillfactor = 50);
CREATE INDEX lease_licence ON sluice.lease (licence);

-- What went over the wire, at most once; a figure for people as well.
CREATE TABLE sluice.wire_usage (
	licence uuid PRIMARY KEY REFERENCES sluice.licence,
	bytes bigint NOT NULL,
	deliveries bigint NOT NULL,
	last_end text NOT NULL,
	last_at timestamptz NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE sluice.event (
	id bigint PRIMARY KEY,
	at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	kind text NOT NULL
		CHECK (kind IN ('batch', 'retraction', 'licence', 'notice',
		    'freshness')),
	dataset bigint REFERENCES sluice.dataset,
	licence uuid REFERENCES sluice.licence,
	data jsonb NOT NULL,
	-- {"class":C} or {"except":[…]}: for licences of these classes; NULL: all
	audience jsonb
);
CREATE INDEX event_dataset ON sluice.event (dataset, id);
CREATE INDEX event_licence ON sluice.event (licence, id);

CREATE TABLE sluice.audit (
	number bigint PRIMARY KEY CHECK (number > 0),
	at timestamptz NOT NULL,
	actor name NOT NULL,
	action text NOT NULL,
	object text NOT NULL,
	reason text NOT NULL,
	detail jsonb NOT NULL,
	previous bytea NOT NULL,
	hash bytea NOT NULL
);

CREATE TABLE sluice.setting (
	name sluice.slug PRIMARY KEY,
	value text NOT NULL,
	summary text NOT NULL
);
INSERT INTO sluice.setting VALUES
	('deliveries_per_licence', '64',
	    'how many deliveries one licence may have at a time'),
	('tokens_per_name', '2',
	    'live tokens of one name: two, so that one can replace the other');

-- What has been written here stays: not even the owner's functions change it.
CREATE FUNCTION sluice.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RAISE EXCEPTION 'append_only: % is append-only', TG_TABLE_NAME
		USING ERRCODE = 'SLDEN';
END
$$;

DO $$
DECLARE
	wanted text;
BEGIN
	FOREACH wanted IN ARRAY ARRAY['ledger', 'audit', 'licence_event',
	    'licence_version']
	LOOP
		EXECUTE pg_catalog.format(
		    'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE '
		    'ON sluice.%I FOR EACH STATEMENT '
		    'EXECUTE FUNCTION sluice.refuse_change()', wanted);
	END LOOP;
END
$$;

-- The natural end of a batch's life is none: what is visible is not changed.
CREATE FUNCTION sluice.refuse_batch_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF TG_OP = 'DELETE' OR OLD.visible_at IS NOT NULL THEN
		RAISE EXCEPTION 'append_only: batch % is immutable', OLD.seq
			USING ERRCODE = 'SLDEN';
	END IF;
	RETURN NEW;
END
$$;
CREATE TRIGGER immutable BEFORE UPDATE OR DELETE ON sluice.batch
	FOR EACH ROW EXECUTE FUNCTION sluice.refuse_batch_change();
