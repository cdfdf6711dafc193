namespace Aspire.Hosting.ApplicationModel;

/// <summary>What is a container where there is a container engine. Here it is a process.</summary>
public class ContainerResource(string name) : Resource(name), IResourceWithEnvironment, IResourceWithEndpoints, IResourceWithWaitSupport
{
    /// <summary>The directory on this machine that holds its data.</summary>
    internal string? DataDirectory { get; set; }

    /// <summary>Whether it has a volume of its own when deployed.</summary>
    internal bool HasDataVolume { get; set; }

    internal string? DataVolumeName { get; set; }

    internal bool DataVolumeIsReadOnly { get; set; }
}
