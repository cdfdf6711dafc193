namespace ModelPlatform.Plugins;

/// <summary>What a plugin is doing in one process.</summary>
public enum PluginState
{
    /// <summary>Its sources can be used.</summary>
    Active,

    /// <summary>No longer offered: it stays until its running operations have ended and its memory is collected.</summary>
    Draining,

    /// <summary>An operator switched it off.</summary>
    Disabled,

    /// <summary>Made for another version of the contract, or in conflict with another plugin.</summary>
    Incompatible,

    /// <summary>It could not be loaded, or an operation threw, hung or answered nonsense.</summary>
    Malfunctioned,

    /// <summary>A higher version of the same plugin is in use.</summary>
    Superseded,
}
