BEGIN
	IF code = 'late' THEN
		RAISE EXCEPTION 'late: too late'
		    USING ERRCODE = 'SLINV'; -- case: late
	END IF;
	RETURN; -- case: done
END
