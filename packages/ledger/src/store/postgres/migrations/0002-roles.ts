/**
 * Who may do what: `farthing_writer` can insert and nothing else, `farthing_reader` can select and nothing else.
 *
 * What a writer has to know before it sends anything (which ledger this is, and the labels whose values it must not
 * send) is told by a function, so that it needs to read no table. Roles belong to the whole server, whose other
 * databases may be making them at this moment.
 */
export const ROLES = `
do $$
declare
  role text;
begin
  foreach role in array array['farthing_writer', 'farthing_reader'] loop
    begin
      if not exists (select from pg_roles where rolname = role) then
        execute format('create role %I nologin', role);
      end if;
    exception
      when duplicate_object or unique_violation then
        null;
      when insufficient_privilege then
        raise exception 'this user may not create the role %; have one who may run: create role farthing_writer nologin; create role farthing_reader nologin', role;
    end;
  end loop;
end
$$;

revoke all on schema farthing from public;
revoke all on all tables in schema farthing from public;

create function farthing.joined(out id text, out version integer, out settings text)
  language sql stable security definer set search_path = pg_catalog, pg_temp
  as $$
    select l.id, (select max(m.version) from farthing.migration m),
      (select s.settings from farthing.setting s order by s.version desc limit 1)
    from farthing.ledger l
  $$;
revoke all on function farthing.joined() from public;

grant usage on schema farthing to farthing_writer, farthing_reader;
grant execute on function farthing.joined() to farthing_writer, farthing_reader;
grant insert on farthing.event, farthing.outbox to farthing_writer;
grant select on all tables in schema farthing to farthing_reader;
`;
