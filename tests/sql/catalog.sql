-- Who sees what in the catalog, search, facets, pages.

SET SESSION AUTHORIZATION test_lab;
SELECT sluice.dataset_create('open-arms', 'prebuilt', 'public',
    'Two arms fold laundry', 'Towels', 'x');
SELECT sluice.dataset_create('secret', 'prebuilt', 'private', 'Secret kitting',
    '', 'x');
SELECT t.publish('open-arms', '[
	{"op":"add","number":1,"revision":1,"facets":{"task":"fold-towel",
	    "success":"true","recorded":"2026-10-01T00:00:00Z",
	    "duration_ms":1000},"layers":{"meta":1}}]');
RESET SESSION AUTHORIZATION;
SELECT id AS acme FROM sluice.customer WHERE name = 'acme' \gset
SELECT id AS other FROM sluice.customer WHERE name = 'other' \gset

CREATE FUNCTION t.names(in_customer uuid, in_text text, in_where text,
    in_kind text DEFAULT NULL)
RETURNS text
LANGUAGE sql AS $$
	SELECT string_agg(d ->> 'name', ' ') FROM jsonb_array_elements(
	    sluice.catalog(in_customer, in_text, in_kind, in_where, NULL, 0)
	    -> 'datasets') AS d
$$;
SELECT t.is(t.names(NULL, NULL, NULL), 'kitting open-arms',
    'a private dataset is not listed');
SELECT t.is(t.names(:'acme', '', ''), 'kitting open-arms',
    'nor for a customer without a licence');
SELECT t.raises('SELECT sluice.dataset_show(NULL, ''secret'')',
    'SLNFD not_found:', 'its page does not exist');
SELECT sluice.licence_grant('acme', 'secret', t.terms('secret'), NULL, 'test')
    ->> 'id' AS licence \gset
SELECT t.is(t.names(:'acme', NULL, NULL), 'kitting open-arms secret',
    'its licensee sees it');
SELECT t.is(t.names(:'other', NULL, NULL), 'kitting open-arms',
    'others do not');
SELECT sluice.licence_set_status(:'licence', 'suspended', 'test');
SELECT t.is(t.names(:'acme', NULL, NULL), 'kitting open-arms secret',
    'a suspended licensee still sees it');
SELECT sluice.licence_set_status(:'licence', 'revoked', 'test');
SELECT t.is(t.names(:'acme', NULL, NULL), 'kitting open-arms',
    'after revocation it is gone');

SELECT t.is(t.names(NULL, 'laundry', NULL), 'open-arms', 'a word of the title');
SELECT t.is(t.names(NULL, 'folding towel', NULL), 'open-arms',
    'a word of the facets and one of the title, inflected');
SELECT t.is(t.names(NULL, 'arms', NULL), 'open-arms', 'a part of the name');
SELECT t.is(t.names(NULL, 'nothing', NULL), NULL, 'a word that is not there');
SELECT t.is(t.names(NULL, '"; DROP TABLE sluice.dataset; --', NULL), NULL,
    'hostile text is just text');
SELECT t.is(t.names(NULL, NULL, 'task=pick|pour'), 'kitting', 'a facet');
SELECT t.is(t.names(NULL, NULL, 'task=pick,robot=ur5e'), 'kitting', 'and');
SELECT t.is(t.names(NULL, NULL, 'task=pick,robot=other'), NULL, 'not both');
SELECT t.is(t.names(NULL, NULL, NULL, 'prebuilt'), 'open-arms', 'a kind');
SELECT t.is((sluice.catalog(NULL, NULL, NULL, NULL, NULL, 0) -> 'facets'
    -> 'task')::text,
    '[{"count": 2, "value": "pick", "datasets": 1}, '
    '{"count": 1, "value": "fold-towel", "datasets": 1}, '
    '{"count": 1, "value": "place", "datasets": 1}]',
    'facets count live episodes');

-- Pages.
SELECT sluice.catalog(NULL, NULL, NULL, NULL, NULL, 1) AS page \gset
SELECT t.is(:'page'::jsonb -> 'datasets' -> 0 ->> 'name', 'kitting', 'page one');
SELECT t.is((sluice.catalog(NULL, NULL, NULL, NULL, :'page'::jsonb ->> 'next', 1)
    -> 'datasets' -> 0 ->> 'name'), 'open-arms', 'page two');
SELECT t.is((sluice.catalog(NULL, NULL, NULL, NULL, :'page'::jsonb ->> 'next', 1)
    ->> 'next'), NULL, 'and no third');

-- Filters over episodes.
SELECT t.is(bool_and(sluice.where_matches(facets, filter) = wanted)::text,
    'true', 'filters match as the catalog''s rules say')
FROM (VALUES ('task=a', true), ('task=a|b', true), ('task=b', false),
	('task=a,success=true', false), ('recorded=2026', true),
	('recorded=2026-1', false), ('recorded=2026-11', true),
	('recorded=2026-11-20', true), ('recorded=2026-11-2', false),
	('recorded=2026-11-21', false), ('', true)) AS x (filter, wanted),
    (VALUES ('{"task":"a","recorded":"2026-11-20T10:00:00Z"}'::jsonb))
	AS y (facets);
SELECT t.raises(format('SELECT sluice.where_matches(''{}'', %L)', filter),
    'SLINV bad_where:', 'a filter may not be ' || filter)
FROM unnest(ARRAY['task', 'task=', 'colour=x', 'task=a,task=b', 'task=A',
	'task=a||b', ',', 'task=a,']) AS filter;
