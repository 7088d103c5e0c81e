INSERT INTO public.migration (name, digest) VALUES (%(name)s, %(digest)s)
