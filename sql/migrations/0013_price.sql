-- What a month of use costs.  catalog/price.c computes the same.

-- The price as it is frozen in the ledger: compact JSON, keys in this order.
-- NULL or null: free.
CREATE FUNCTION sluice.price_text(price jsonb) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN jsonb_typeof(price) = 'object' THEN format(
    '{"per_episode":%s,"per_hour":%s,"per_month":%s,'
    '"included":{"episodes":%s,"duration_ms":%s},"cap":%s}',
    (price ->> 'per_episode')::bigint, (price ->> 'per_hour')::bigint,
    (price ->> 'per_month')::bigint,
    (price -> 'included' ->> 'episodes')::bigint,
    (price -> 'included' ->> 'duration_ms')::bigint,
    COALESCE((price ->> 'cap')::bigint::text, 'null')) END;

-- To the nearest whole, to the even one between two.
CREATE FUNCTION sluice.half_even(dividend numeric, divisor numeric)
RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT
RETURN div(dividend, divisor) + CASE
    WHEN mod(dividend, divisor) * 2 > divisor THEN 1
    WHEN mod(dividend, divisor) * 2 < divisor THEN 0
    ELSE mod(div(dividend, divisor), 2) END;

-- Micro-units for what was charged in a month, without the monthly fee;
-- numeric_value_out_of_range beyond bigint.
CREATE FUNCTION sluice.price_amount(price jsonb, episodes bigint,
    duration_ms bigint)
RETURNS bigint
LANGUAGE sql IMMUTABLE
RETURN LEAST((price ->> 'cap')::bigint,
    (price ->> 'per_episode')::numeric * GREATEST(0,
	episodes - (price -> 'included' ->> 'episodes')::bigint) +
    sluice.half_even((price ->> 'per_hour')::numeric * GREATEST(0,
	duration_ms - (price -> 'included' ->> 'duration_ms')::bigint),
	3600000))::bigint;
