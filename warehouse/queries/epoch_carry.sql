SELECT core.carry(
    %(former)s, %(epoch)s, %(first)s, %(start)s,
    %(former_ids)s::integer[], %(new_keys)s::bytea[], %(groups)s::bigint[],
    %(read_ids)s::integer[], %(read_days)s::date[], %(new_contents)s::bytea[]
)
