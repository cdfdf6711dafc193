return await ServiceHost.RunOrExplainAsync(args, builder => builder.AddServiceDefaults(), app => app.MapDefaultEndpoints());
