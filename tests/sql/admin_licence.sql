-- Agreements, licences and texts of terms: each change function's effect,
-- changes, repetition, audit row, dry run and errors.

CREATE FUNCTION t.agreement(more jsonb DEFAULT '{}', ceiling jsonb DEFAULT '{}')
RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT jsonb_build_object('from', t.time('-10 day'),
	    'until', t.time('30 day'), 'currency', 'EUR',
	    'ceiling', '{"episodes":1000,"duration_ms":null,"bytes":null,'
		'"money_micro":null}'::jsonb || ceiling) || more
$$;
-- Terms with one value replaced.
CREATE FUNCTION t.with(path text[], value jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT jsonb_set(t.terms('kitting'), path, COALESCE(value, 'null'))
$$;

SET SESSION AUTHORIZATION test_admin;

-- Agreements.
SELECT t.change(format('sluice.agreement_add(%L, %L, %L, %L)', 'acme', 'msa',
    t.agreement(), 'signed'), NULL, 'agreement_add');
SELECT t.is(a.a ->> 'effective' || ' ' || (a.a ->> 'version') || ' ' ||
    (a.a ->> 'currency') || ' ' || (a.a -> 'ceiling' ->> 'episodes') || ' ' ||
    (a.a -> 'used' ->> 'episodes'), 'active 1 EUR 1000 0', 'it is shown')
FROM (SELECT sluice.agreement_show('acme', 'msa')) AS a (a);
SELECT t.refused(format('sluice.agreement_add(%L, %L, %L, %L)', 'acme', 'msa',
    t.agreement('{"currency":"USD"}'), 'x'), 'SLEXI agreement_exists:',
    'another agreement of that name');
SELECT t.refused(format('sluice.agreement_add(%L, %L, %L, %L)', 'acme', 'm2',
    terms, 'x'), wanted, 'an agreement with ' || what)
FROM (VALUES
	(t.agreement('{"currency":"euro"}'), 'SLINV bad_currency:',
	    'no currency'),
	(t.agreement('{"from":"2026-13-01T00:00:00Z"}'), 'SLINV bad_period:',
	    'a month that does not exist'),
	(t.agreement('{"until":"tomorrow"}'), 'SLINV bad_period:',
	    'a malformed end'),
	(t.agreement('{"until":"2020-01-01T00:00:00Z"}'), 'SLINV bad_period:',
	    'an end before its begin'),
	(t.agreement('{}', '{"episodes":-1}'), 'SLINV bad_ceiling:',
	    'a negative ceiling'),
	(t.agreement('{}', '{"money_micro":9223372036854775808}'),
	    'SLINV bad_ceiling:', 'a ceiling that overflows'),
	(t.agreement('{}', '{"bytes":1.5}'), 'SLINV bad_ceiling:',
	    'half a byte'),
	(t.agreement('{}', '{"apples":1}'), 'SLINV bad_terms:',
	    'an unknown ceiling'),
	(t.agreement('{"colour":"red"}'), 'SLINV bad_terms:', 'an unknown key'),
	(t.agreement() - 'currency', 'SLINV bad_terms:', 'a missing key'))
    AS x (terms, wanted, what);
SELECT t.refused(format('sluice.agreement_add(%L, %L, %L, %L)', 'nobody', 'm',
    t.agreement(), 'x'), 'SLNFD customer_not_found:', 'nobody''s agreement');
SELECT t.refused(format('sluice.agreement_add(%L, %L, %L, NULL)', 'acme', 'm3',
    t.agreement()), 'SLINV reason_required:', 'an agreement without a reason');
SELECT t.change(format('sluice.agreement_amend(%L, %L, %L, 1, %L)', 'acme',
    'msa', t.agreement('{}', '{"episodes":20}'), 'less'),
    '{"ceiling.episodes":[1000,20]}', 'agreement_amend', true);
SELECT t.refused(format('sluice.agreement_amend(%L, %L, %L, 1, %L)', 'acme',
    'msa', t.agreement(), 'x'), 'SLCON agreement_changed:',
    'two admins amend one agreement');
SELECT t.is(jsonb_array_length(sluice.agreement_show('acme', 'msa')
    -> 'versions')::text, '2', 'the first version is kept');
SELECT t.change($$sluice.agreement_set_status('acme', 'msa', 'suspended',
    'unpaid')$$, '{"status":["active","suspended"]}', 'agreement_set_status');
SELECT t.change($$sluice.agreement_set_status('acme', 'msa', 'active',
    'paid')$$, '{"status":["suspended","active"]}', 'and back');
SELECT t.refused($$sluice.agreement_set_status('acme', 'msa', 'x', 'x')$$,
    'SLINV bad_status:', 'a status that is none');
SELECT t.refused($$sluice.agreement_set_status('acme', 'm9', 'ended', 'x')$$,
    'SLNFD agreement_not_found:', 'an agreement that does not exist');

-- Texts of terms.
SELECT t.change($$sluice.terms_text_add('Be good.', 'v1')$$, NULL,
    'terms_text_add');
SELECT sluice.terms_text_add('Be good.', 'v1') ->> 'sha256' AS text \gset
SELECT t.is(:'text', encode(sha256('Be good.'), 'hex'), 'it has its hash');
SELECT t.is(sluice.terms_text(:'text') ->> 'text', 'Be good.', 'and its words');
SELECT t.refused($$sluice.terms_text_add(' ', 'x')$$, 'SLINV bad_terms_text:',
    'an empty text');
SELECT t.refused($$sluice.terms_text_add(repeat('x', 1048577), 'x')$$,
    'SLINV bad_terms_text:', 'a text that is too long');
SELECT t.raises($$SELECT sluice.terms_text('00')$$,
    'SLNFD terms_text_not_found:', 'a text that is not there');

-- Grants.
SELECT t.change(format('sluice.licence_grant(%L, %L, %L, %L, %L, %L)', 'acme',
    'kitting', t.terms('kitting', '{"episodes":10}'), 'msa', 'order 7',
    '00000000-0000-4000-8000-000000000001'), NULL, 'licence_grant');
\set licence 00000000-0000-4000-8000-000000000001
SELECT t.is(l.l ->> 'agreement' || ' ' || (l.l ->> 'status') || ' ' ||
    (l.l -> 'quota' ->> 'episodes') || ' ' || (l.l ->> 'use'),
    'msa active 10 commercial_train', 'it is shown')
FROM (SELECT sluice.licence_show(:'licence')) AS l (l);
SELECT t.refused(format('sluice.licence_grant(%L, %L, %L, %L, %L, %L)', 'acme',
    'kitting', t.terms('kitting', '{"episodes":11}'), 'msa', 'x', :'licence'),
    'SLEXI licence_exists:', 'another licence with its id');
SELECT t.refused(format('sluice.licence_grant(%L, %L, %L, %L, %L)', customer,
    dataset, t.terms(dataset), agreement, 'x'), wanted, 'a grant ' || what)
FROM (VALUES
	('nobody', 'kitting', NULL, 'SLNFD customer_not_found:', 'to nobody'),
	('acme', 'nothing', NULL, 'SLNFD dataset_not_found:',
	    'on a missing dataset'),
	('acme', 'kitting', 'm9', 'SLNFD agreement_not_found:',
	    'under no agreement'),
	('other', 'kitting', 'msa', 'SLNFD agreement_not_found:',
	    'under another customer''s agreement'))
    AS x (customer, dataset, agreement, wanted, what);
SELECT t.refused(format('sluice.licence_grant(%L, %L, %L, NULL, %L)', 'acme',
    'kitting', t.with(path, value), 'x'), wanted, 'terms with ' || what)
FROM (VALUES
	('{term,from}'::text[], '"soon"'::jsonb, 'SLINV bad_period:',
	    'a malformed begin'),
	('{term,until}', '"2026-02-30T00:00:00Z"', 'SLINV bad_period:',
	    'a day that does not exist'),
	('{term,until}', '"2020-01-01T00:00:00Z"', 'SLINV bad_period:',
	    'an end before the begin'),
	('{term,until}', 'null', 'SLINV bad_period:', 'no end'),
	('{term,grace_s}', '-1', 'SLINV bad_period:', 'negative grace'),
	('{quota,episodes}', '-1', 'SLINV bad_quota:', 'a negative quota'),
	('{quota,bytes}', '9223372036854775808', 'SLINV bad_quota:',
	    'a quota that overflows'),
	('{quota,bytes}', '1e30', 'SLINV bad_quota:', 'an enormous quota'),
	('{quota,duration_ms}', '0.5', 'SLINV bad_quota:', 'half a millisecond'),
	('{quota,episodes}', '"5"', 'SLINV bad_quota:', 'a quota in words'),
	('{quota,overage_percent}', '1001', 'SLINV bad_quota:',
	    'a great overage'),
	('{quota,per}', '"week"', 'SLINV bad_quota:', 'a quota per week'),
	('{quota,apples}', '1', 'SLINV bad_terms:', 'a quota of apples'),
	('{layers}', '["state","smell"]', 'SLINV unknown_layer:',
	    'an unknown layer'),
	('{layers}', '[]', 'SLINV unknown_layer:', 'no layer'),
	('{layers}', '[7]', 'SLINV unknown_layer:', 'a number for a layer'),
	('{where}', '"colour=red"', 'SLINV bad_where:', 'an unknown filter key'),
	('{where}', '"task="', 'SLINV bad_where:', 'a malformed filter'),
	('{where}', '7', 'SLINV bad_where:', 'a number for a filter'),
	('{window,from}', '0', 'SLINV bad_window:', 'batch 0'),
	('{window}', '{"from":9,"until":8}', 'SLINV bad_window:',
	    'an empty window'),
	('{class}', '"A B"', 'SLINV bad_class:', 'a class that is none'),
	('{programme}', '"A B"', 'SLINV bad_programme:',
	    'a programme that is none'),
	('{use}', '"resell"', 'SLINV bad_use:', 'an unknown use'),
	('{use}', '7', 'SLINV bad_use:', 'a number for a use'),
	('{fields,allow}', '[]', 'SLINV bad_field:', 'no field'),
	('{fields,deny}', '["A B"]', 'SLINV bad_field:', 'a malformed field'),
	('{territory,countries}', '["Germany"]', 'SLINV bad_territory:',
	    'a country in words'),
	('{territory,networks}', '["10.0.0.0/33"]', 'SLINV bad_territory:',
	    'a network that is none'),
	('{territory,networks}', '["10.0.0.1/8"]', 'SLINV bad_territory:',
	    'a network with host bits'),
	('{deliveries}', '0', 'SLINV bad_deliveries:', 'no delivery'),
	('{on_expiry,duty}', '"burn"', 'SLINV bad_duty:', 'an unknown duty'),
	('{on_expiry,days}', '-1', 'SLINV bad_duty:', 'negative days'),
	('{text}', '{"sha256":null,"acceptance":"required"}', 'SLINV bad_text:',
	    'nothing to accept'),
	('{text,sha256}', '"abc"', 'SLINV bad_text:', 'a hash that is none'),
	('{text}', jsonb_build_object('sha256', repeat('0', 64),
	    'acceptance', 'required'),
	    'SLNFD terms_text_not_found:', 'a text that is not there'),
	('{price}', '{"per_episode":1}', 'SLINV bad_terms:', 'half a price'),
	('{price}', '{"per_episode":-1,"per_hour":0,"per_month":0,"included":'
	    '{"episodes":0,"duration_ms":0},"cap":null}', 'SLINV bad_price:',
	    'a negative price'),
	('{price}', '{"per_episode":1,"per_hour":0,"per_month":0,"included":'
	    '{"episodes":0,"duration_ms":0},"cap":null}',
	    'SLINV agreement_required:', 'a price without an agreement'),
	('{version}', '2', 'SLINV bad_terms:', 'another version'),
	('{dataset}', '"other"', 'SLINV bad_terms:', 'another dataset'),
	('{colour}', '"red"', 'SLINV bad_terms:', 'an unknown key'))
    AS x (path, value, wanted, what);
SELECT t.refused(format('sluice.licence_grant(%L, %L, %L, NULL, %L)', 'acme',
    'kitting', t.terms('kitting') - k, 'x'), 'SLINV bad_terms:',
    'terms without ' || k)
FROM jsonb_object_keys(t.terms('kitting')) AS k WHERE k <> 'dataset';
SELECT t.refused(format('sluice.licence_grant(%L, %L, %L, NULL, %L)', 'acme',
    'kitting', terms, 'x'), 'SLINV bad_terms:', 'terms that are ' || terms::text)
FROM unnest(ARRAY['null', '[]', '7', '"x"']::jsonb[]) AS terms;

-- Within the agreement.
SELECT t.refused(format('sluice.licence_grant(%L, %L, %L, %L, %L)', 'acme',
    'kitting', t.with(path, to_jsonb(value)), 'msa', 'x'),
    'SLINV beyond_agreement:', 'a term that ' || what)
FROM (VALUES ('{term,until}'::text[], t.time('31 day'), 'ends after it'),
	('{term,from}', t.time('-11 day'), 'begins before it'))
    AS x (path, value, what);
SELECT t.refused(format('sluice.licence_grant(%L, %L, %L, %L, %L)', 'acme',
    'kitting', t.terms('kitting', '{"episodes":21}'), 'msa', 'x'),
    'SLINV beyond_agreement:', 'a quota above the ceiling');

-- Changes.
SELECT t.change(format('sluice.licence_amend(%L, %L, 1, %L)', :'licence',
    t.terms('kitting', '{"episodes":12}'), 'more'),
    '{"terms.quota.episodes":[10,12]}', 'licence_amend', true);
SELECT t.change(format('sluice.licence_amend(%L, %L, NULL, %L)', :'licence',
    t.terms('kitting', '{"episodes":13}'), 'more'),
    '{"terms.quota.episodes":[12,13]}', 'whatever the version');
SELECT t.refused(format('sluice.licence_amend(%L, %L, 2, %L)', :'licence',
    t.terms('kitting', '{"episodes":14}'), 'x'), 'SLCON licence_changed:',
    'two admins amend one licence');
SELECT t.refused(format('sluice.licence_amend(%L, %L, 3, %L)', :'licence',
    t.terms('kitting', '{"episodes":21}'), 'x'), 'SLINV beyond_agreement:',
    'an amendment above the ceiling');
SELECT t.refused(format('sluice.licence_amend(%L, %L, 3, %L)', :'licence',
    t.with('{layers}', '["smell"]'), 'x'), 'SLINV unknown_layer:',
    'an amendment with an unknown layer');
SELECT t.refused(format('sluice.licence_amend(%L, %L, 3, %L)', 'no-such',
    t.terms('kitting'), 'x'), 'SLNFD licence_not_found:',
    'a licence that does not exist');
SELECT t.is(sluice.licence_show(:'licence') ->> 'version', '3',
    'what was refused has not happened');
SELECT t.change(format('sluice.licence_renew(%L, %s, 3, %L)', :'licence',
    extract(epoch FROM t.time('5 day')::timestamptz)::bigint * 1000000,
    'renewal'), NULL, 'licence_renew', true);
SELECT t.is(sluice.licence_show(:'licence') ->> 'valid_until', t.time('5 day'),
    'it ends later');
SELECT t.refused(format('sluice.licence_renew(%L, %s, NULL, %L)', :'licence',
    at, 'x'), wanted, 'a renewal ' || what)
FROM (VALUES ('1000000', 'SLINV bad_period:', 'into the past'),
	('NULL', 'SLINV bad_period:', 'until never'),
	(extract(epoch FROM t.time('4 day')::timestamptz)::bigint * 1000000 || '',
	'SLINV bad_period: the licence runs until', 'to an earlier end'),
	('4102444800000000', 'SLINV beyond_agreement:', 'beyond the agreement'))
    AS x (at, wanted, what);
SELECT t.is(string_agg(v ->> 'version', ' ' ORDER BY v ->> 'version'),
    '1 2 3 4', 'every version is kept')
FROM jsonb_array_elements(sluice.licence_show(:'licence') -> 'versions') AS v;

SELECT t.change(format('sluice.licence_set_status(%L, %L, %L)', :'licence',
    'suspended', 'unpaid'), '{"status":["active","suspended"]}', 'suspension');
SELECT t.change(format('sluice.licence_set_status(%L, %L, %L)', :'licence',
    'active', 'paid'), '{"status":["suspended","active"]}', 'reinstatement');
SELECT t.refused(format('sluice.licence_set_status(%L, %L, %L)', :'licence',
    'x', 'x'), 'SLINV bad_status:', 'a status of a licence that is none');
SELECT t.refused(format('sluice.licence_set_status(%L, %L, NULL)', :'licence',
    'suspended'), 'SLINV reason_required:', 'a suspension without a reason');

-- What decide is asked.
SELECT t.is((x.x -> 'state' ->> 'status') || ' ' ||
    (x.x -> 'state' ->> 'accepted') || ' ' ||
    (x.x -> 'state' ->> 'released_seq') || ' ' ||
    (x.x -> 'state' -> 'agreement' ->> 'status') || ' ' ||
    (x.x -> 'state' -> 'agreement' -> 'ceiling' ->> 'episodes') || ' ' ||
    (x.x -> 'state' -> 'agreement' -> 'used' ->> 'money_micro') || ' ' ||
    (x.x -> 'terms' -> 'quota' ->> 'episodes'), 'active true 1 active 20 0 13',
    'the state of a licence')
FROM (SELECT sluice.licence_explain_state(:'licence')) AS x (x);
SELECT t.is((SELECT string_agg(k, ' ')
    FROM json_object_keys(sluice.licence_export(:'licence')) AS k),
    'version type licence licence_version customer agreement dataset status '
    'terms issued issuer', 'a licence file has its keys in order');
SELECT t.is(sluice.licence_export(:'licence') ->> 'issuer', 'test_admin',
    'and says who issued it');

-- The end.
SELECT t.change(format('sluice.licence_set_status(%L, %L, %L)', :'licence',
    'revoked', 'breach'), '{"status":["active","revoked"]}', 'revocation',
    true);
SELECT t.refused(format('sluice.licence_set_status(%L, %L, %L)', :'licence',
    status, 'x'), 'SLSTA licence_revoked:', 'revoked, and then ' || status)
FROM unnest(ARRAY['revoked', 'active', 'suspended']) AS status;
SELECT t.refused(format('sluice.licence_amend(%L, %L, NULL, %L)', :'licence',
    t.terms('kitting'), 'x'), 'SLSTA licence_revoked:',
    'revoked, and then amended');
SELECT t.change($$sluice.agreement_set_status('acme', 'msa', 'ended', 'over')$$,
    '{"status":["active","ended"]}', 'the end of an agreement', true);
SELECT t.refused($$sluice.agreement_set_status('acme', 'msa', 'active', 'x')$$,
    'SLSTA agreement_ended:', 'ended for good');
SELECT t.refused(format('sluice.agreement_amend(%L, %L, %L, NULL, %L)', 'acme',
    'msa', t.agreement(), 'x'), 'SLSTA agreement_ended:', 'ended, then amended');
SELECT t.refused(format('sluice.licence_grant(%L, %L, %L, %L, %L)', 'acme',
    'kitting', t.terms('kitting'), 'msa', 'x'), 'SLSTA agreement_ended:',
    'a grant under an ended agreement');

-- The currency stays once there is a price in it.
SELECT sluice.agreement_add('other', 'msa', t.agreement(), 'signed');
SELECT sluice.licence_grant('other', 'kitting', t.with('{price}',
    '{"per_episode":1,"per_hour":0,"per_month":0,"included":'
    '{"episodes":0,"duration_ms":0},"cap":null}'), 'msa', 'order');
SELECT t.refused(format('sluice.agreement_amend(%L, %L, %L, NULL, %L)', 'other',
    'msa', t.agreement('{"currency":"USD"}'), 'x'), 'SLSTA currency_fixed:',
    'another currency');
