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

-- ---- currencies ----

-- Digits behind the point of a currency of ISO 4217, NULL for what is none;
-- catalog/currency.c has the same list.
CREATE FUNCTION sluice.currency_digits(currency text) RETURNS int
LANGUAGE sql IMMUTABLE STRICT
RETURN CASE
	WHEN currency !~ '^[A-Z]{3}$' THEN NULL
	WHEN strpos('BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF '
	    'XOF XPF ', currency || ' ') > 0 THEN 0
	WHEN strpos('AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB '
	    'BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC '
	    'CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP '
	    'GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW '
	    'KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR '
	    'MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP '
	    'PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD '
	    'SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN '
	    'UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG ', currency || ' ') > 0
	    THEN 2
	WHEN strpos('BHD IQD JOD KWD LYD OMR TND ', currency || ' ') > 0 THEN 3
	WHEN strpos('CLF UYW ', currency || ' ') > 0 THEN 4
END;

-- 12.34: micro-units rounded half-even to the currency's minor unit.
CREATE FUNCTION sluice.money_text(micro bigint, currency text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT
RETURN CASE WHEN micro < 0 AND sluice.half_even(-micro::numeric,
    power(10::numeric, 6 - sluice.currency_digits(currency))) > 0
    THEN '-' ELSE '' END ||
    round(sluice.half_even(abs(micro::numeric),
	power(10::numeric, 6 - sluice.currency_digits(currency))) /
	power(10::numeric, sluice.currency_digits(currency)),
	sluice.currency_digits(currency));
