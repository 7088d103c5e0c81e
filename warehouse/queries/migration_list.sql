SELECT name, digest FROM public.migration
