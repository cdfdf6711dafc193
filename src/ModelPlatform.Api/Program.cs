return await ServiceHost.RunOrExplainAsync(
    args,
    builder =>
    {
        builder.AddServiceDefaults();
        builder.AddStoreClients();
    },
    app => app.MapDefaultEndpoints());
